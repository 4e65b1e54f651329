// What Service Quotas' operations need to be allowed.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_servicequotas.html

import { formatArn } from '../../aws/arn.ts';
import { type Authorizations, on, onAll, resource } from '../../aws/authorization.ts';
import { tagsByKey } from '../../aws/tags.ts';
import type { ServiceQuotasApi } from '../../generated/service-quotas.types.ts';

interface AboutQuota {
  readonly ServiceCode: string;
  readonly QuotaCode: string;
}

const quota = resource({
  type: 'quota',
  of({ ServiceCode, QuotaCode }: AboutQuota, { account, region }) {
    const id = `${ServiceCode}/${QuotaCode}`;
    return [{ arn: formatArn({ service: 'servicequotas', region, account, resource: id }), account, region, id }];
  },
});

const ofQuota = on(quota, { keys: { 'servicequotas:service': ({ ServiceCode }: AboutQuota) => ServiceCode } });

export const serviceQuotasAuthorization = {
  GetAWSDefaultServiceQuota: onAll,
  GetRequestedServiceQuotaChange: onAll,
  GetServiceQuota: ofQuota,
  ListAWSDefaultServiceQuotas: onAll,
  ListRequestedServiceQuotaChangeHistory: onAll,
  ListRequestedServiceQuotaChangeHistoryByQuota: ofQuota,
  ListServiceQuotas: onAll,
  ListServices: onAll,
  ListTagsForResource: onAll,
  RequestServiceQuotaIncrease: ofQuota,
  TagResource: [{ requestTags: ({ Tags }) => tagsByKey(Tags) }],
  UntagResource: [{ tagKeys: ({ TagKeys }) => TagKeys }],
} satisfies Authorizations<ServiceQuotasApi>;
