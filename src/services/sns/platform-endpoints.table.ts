// Applications of mobile push services, and the devices that they are on. Nothing is pushed; messages for them are kept.

import { formatArn } from '../../aws/arn.ts';
import { defineSpecTable, type Row, type Scope } from '../../kernel/table.ts';

export interface PlatformApplicationSpec {
  /** `APNS`, `GCM`, … */
  readonly platform: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export type PlatformApplicationRow = Row<PlatformApplicationSpec, null>;

/** By `platform/name`. */
export const platformApplications = defineSpecTable<PlatformApplicationSpec>({ name: 'sns.platformApplications' });

export interface PlatformEndpointSpec {
  /** `platform/name` of its application. */
  readonly applicationId: string;
  /** With `Token`, `Enabled` and `CustomUserData`. */
  readonly attributes: Readonly<Record<string, string>>;
}

export type PlatformEndpointRow = Row<PlatformEndpointSpec, null>;

/** By `platform/name/uuid`. */
export const platformEndpoints = defineSpecTable<PlatformEndpointSpec>({
  name: 'sns.platformEndpoints',
  indexes: { byApplication: ({ spec }) => [spec.applicationId] },
});

export function applicationArnOf({ account, region, id }: Scope & { readonly id: string }): string {
  return formatArn({ service: 'sns', region, account, resource: `app/${id}` });
}

export function endpointArnOf({ account, region, id }: Scope & { readonly id: string }): string {
  return formatArn({ service: 'sns', region, account, resource: `endpoint/${id}` });
}
