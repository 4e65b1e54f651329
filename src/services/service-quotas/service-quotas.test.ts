// Quotas and their increases, and that what they are of is held to them.

import { beforeEach, describe, expect, test } from 'vitest';
import { createTestClients, type TestClients, testStartMs } from '../../aws/test-client.testing.ts';
import { iam as iamService } from '../iam/iam.ts';
import { s3 as s3Service } from '../s3/s3.ts';
import { serviceQuotas } from './service-quotas.ts';

let clients: TestClients;
let quotas: ReturnType<typeof clients.client<'service-quotas'>>;

beforeEach(() => {
  clients = createTestClients([serviceQuotas, iamService, s3Service]);
  quotas = clients.client('service-quotas');
});

const buckets = { ServiceCode: 's3', QuotaCode: 'L-DC2B2D3D' };

describe('quotas', () => {
  test('are listed by service, with their defaults', async () => {
    const { Services = [] } = await quotas.ListServices({});
    expect(Services.map(({ ServiceCode }) => ServiceCode)).toEqual(['dynamodb', 'iam', 's3', 'vpc']);
    expect((await quotas.GetServiceQuota(buckets)).Quota).toEqual({
      ServiceCode: 's3',
      ServiceName: 'Amazon Simple Storage Service (Amazon S3)',
      QuotaArn: 'arn:aws:servicequotas:us-east-1:000000000000:s3/L-DC2B2D3D',
      QuotaCode: 'L-DC2B2D3D',
      QuotaName: 'General purpose buckets',
      Value: 100,
      Unit: 'None',
      Adjustable: true,
      GlobalQuota: true,
      QuotaAppliedAtLevel: 'ACCOUNT',
    });
    const byDefault = await quotas.GetAWSDefaultServiceQuota(buckets);
    expect(byDefault.Quota?.QuotaArn).toBe('arn:aws:servicequotas:us-east-1::s3/L-DC2B2D3D');
  });

  test('come in pages', async () => {
    const seen: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await quotas.ListServiceQuotas({ ServiceCode: 'iam', MaxResults: 4, NextToken });
      seen.push(...(page.Quotas ?? []).map(({ QuotaCode }) => QuotaCode));
      NextToken = page.NextToken;
    } while (NextToken);
    const all = await quotas.ListAWSDefaultServiceQuotas({ ServiceCode: 'iam' });
    expect(seen).toEqual(all.Quotas?.map(({ QuotaCode }) => QuotaCode));
    expect(seen.length).toBeGreaterThan(4);
    await expect(quotas.ListServiceQuotas({ ServiceCode: 'iam', NextToken: 'aGVsbG8=' })).rejects.toMatchObject({
      code: 'InvalidPaginationTokenException',
    });
  });

  test('of accounts are told of in one region only', async () => {
    const elsewhere = clients.client('service-quotas', 'eu-west-1');
    await expect(elsewhere.GetServiceQuota(buckets)).rejects.toMatchObject({ code: 'NoSuchResourceException' });
    expect((await elsewhere.ListServiceQuotas({ ServiceCode: 'vpc' })).Quotas).toHaveLength(2);
  });

  test('that there are not are told as AWS does', async () => {
    await expect(quotas.ListServiceQuotas({ ServiceCode: 'nothing' })).rejects.toMatchObject({
      code: 'NoSuchResourceException',
      message: 'This service is not available in the current Region. Choose a different Region or a different service.',
    });
    await expect(quotas.GetServiceQuota({ ...buckets, QuotaCode: 'L-00000000' })).rejects.toMatchObject({
      code: 'NoSuchResourceException',
    });
  });
});

describe('an increase', () => {
  test('is in force at once, recorded, and can be tagged', async () => {
    const { RequestedQuota } = await quotas.RequestServiceQuotaIncrease({ ...buckets, DesiredValue: 101 });
    expect(RequestedQuota).toMatchObject({ ...buckets, DesiredValue: 101, Status: 'APPROVED', Created: testStartMs });
    expect((await quotas.GetServiceQuota(buckets)).Quota?.Value).toBe(101);
    expect((await quotas.GetAWSDefaultServiceQuota(buckets)).Quota?.Value).toBe(100);
    const RequestId = RequestedQuota?.Id ?? '';
    expect((await quotas.GetRequestedServiceQuotaChange({ RequestId })).RequestedQuota).toEqual(RequestedQuota);

    const ResourceARN = RequestedQuota?.QuotaArn ?? '';
    await quotas.TagResource({ ResourceARN, Tags: [{ Key: 'why', Value: 'growth' }] });
    expect((await quotas.ListTagsForResource({ ResourceARN })).Tags).toEqual([{ Key: 'why', Value: 'growth' }]);
    await quotas.UntagResource({ ResourceARN, TagKeys: ['why'] });
    expect((await quotas.ListTagsForResource({ ResourceARN })).Tags).toEqual([]);
  });

  test('beyond what AWS grants is not approved', async () => {
    const roles = { ServiceCode: 'iam', QuotaCode: 'L-FE177D64' };
    const refused = await quotas.RequestServiceQuotaIncrease({ ...roles, DesiredValue: 5001 });
    expect(refused.RequestedQuota?.Status).toBe('NOT_APPROVED');
    expect((await quotas.GetServiceQuota(roles)).Quota?.Value).toBe(1000);
    await quotas.RequestServiceQuotaIncrease({ ...buckets, DesiredValue: 200 });
    const approved = await quotas.ListRequestedServiceQuotaChangeHistory({ Status: 'APPROVED' });
    expect(approved.RequestedQuotas).toMatchObject([buckets]);
    const ofRoles = await quotas.ListRequestedServiceQuotaChangeHistoryByQuota(roles);
    expect(ofRoles.RequestedQuotas).toEqual([refused.RequestedQuota]);
    clients.advance(91 * 24 * 3_600_000);
    expect((await quotas.ListRequestedServiceQuotaChangeHistory({})).RequestedQuotas).toEqual([]);
  });

  test.each([
    ['to no more than there is', { ...buckets, DesiredValue: 100 }],
    ['of what is fixed', { ServiceCode: 'iam', QuotaCode: 'L-F55AF5E4', DesiredValue: 6000 }],
    ['of one resource', { ...buckets, DesiredValue: 200, ContextId: 'arn:aws:s3:::bucket' }],
  ])('%s is refused', async (_, request) => {
    await expect(quotas.RequestServiceQuotaIncrease(request)).rejects.toMatchObject({
      code: 'IllegalArgumentException',
    });
  });
});

describe('what is enforced', () => {
  test('is raised: policies of a role', async () => {
    const iam = clients.client('iam');
    const { Arn: assumer } = { Arn: 'arn:aws:iam::000000000000:root' };
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { AWS: assumer }, Action: 'sts:AssumeRole' },
    });
    await iam.CreateRole({ RoleName: 'role', AssumeRolePolicyDocument });
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' },
    });
    const attach = async (name: string) => {
      const { Policy } = await iam.CreatePolicy({ PolicyName: name, PolicyDocument });
      await iam.AttachRolePolicy({ RoleName: 'role', PolicyArn: Policy?.Arn ?? '' });
    };
    for (let at = 0; at < 10; at += 1) await attach(`p${at}`);
    await expect(attach('one-more')).rejects.toMatchObject({
      code: 'LimitExceeded',
      message: 'Cannot exceed quota for PoliciesPerRole: 10',
    });
    await quotas.RequestServiceQuotaIncrease({ ServiceCode: 'iam', QuotaCode: 'L-0DA4ABF3', DesiredValue: 11 });
    await attach('another');
    expect((await iam.GetAccountSummary({})).SummaryMap).toMatchObject({ AttachedPoliciesPerRoleQuota: 11 });
  });
});
