// Platform applications and endpoints: their control plane.
// https://docs.aws.amazon.com/sns/latest/api/API_CreatePlatformApplication.html

import type { Operations } from '../../aws/operation.ts';
import { inOrder } from '../../aws/paginate.ts';
import type { SnsApi } from '../../generated/sns.types.ts';
import { newUuid } from '../../kernel/ids.ts';
import { pageOf } from './pages.ts';
import {
  applicationArnOf,
  endpointArnOf,
  type PlatformApplicationRow,
  type PlatformEndpointRow,
  platformApplications,
  platformEndpoints,
} from './platform-endpoints.table.ts';
import { findApplication, findEndpoint, requireApplication, requireEndpoint } from './platform-endpoints.ts';
import { invalidParameter } from './sns.errors.ts';

const platforms: readonly string[] = [
  'ADM',
  'APNS',
  'APNS_SANDBOX',
  'APNS_VOIP',
  'APNS_VOIP_SANDBOX',
  'BAIDU',
  'FCM',
  'GCM',
  'MACOS',
  'MACOS_SANDBOX',
  'MPNS',
  'WNS',
];

const applicationAttribute =
  /^(PlatformCredential|PlatformPrincipal|EventEndpoint(Created|Deleted|Updated)|EventDeliveryFailure|Enabled|(Success|Failure)FeedbackRoleArn|SuccessFeedbackSampleRate|ApplePlatform(TeamID|BundleID))$/;

export const platformApplicationOperations = {
  CreatePlatformApplication(ctx, { Name, Platform, Attributes }) {
    if (!platforms.includes(Platform)) throw invalidParameter(`Platform Reason: ${Platform} is not supported`);
    checkName(Name);
    checkApplicationAttributes(Attributes);
    checkCredentials(Platform, Attributes);
    const id = `${Platform}/${Name}`;
    const known = ctx.table(platformApplications).get(id);
    if (known && !isSame(known.spec.attributes, Attributes))
      throw invalidParameter(
        'Attributes Reason: An application with the same name but different properties already exists',
      );
    const application =
      known ?? ctx.table(platformApplications).insert(id, { platform: Platform, attributes: Attributes });
    return { PlatformApplicationArn: applicationArnOf(application) };
  },

  DeletePlatformApplication(ctx, { PlatformApplicationArn }) {
    const application = findApplication(ctx, PlatformApplicationArn);
    if (!application) return {};
    const endpoints = [...ctx.table(platformEndpoints).by('byApplication', application.id)];
    for (const endpoint of endpoints) ctx.table(platformEndpoints).remove(endpoint.id);
    ctx.table(platformApplications).remove(application.id);
    return {};
  },

  ListPlatformApplications(ctx, { NextToken }) {
    const { rows, nextToken } = pageOf(ctx, 'ListPlatformApplications', NextToken, (afterId) =>
      ctx.table(platformApplications).list(afterId),
    );
    return {
      PlatformApplications: rows.map((row) => ({
        PlatformApplicationArn: applicationArnOf(row),
        Attributes: describeApplication(row),
      })),
      ...(nextToken !== undefined && { NextToken: nextToken }),
    };
  },

  GetPlatformApplicationAttributes(ctx, { PlatformApplicationArn }) {
    return { Attributes: describeApplication(requireApplication(ctx, PlatformApplicationArn)) };
  },

  SetPlatformApplicationAttributes(ctx, { PlatformApplicationArn, Attributes }) {
    const { id } = requireApplication(ctx, PlatformApplicationArn);
    checkApplicationAttributes(Attributes);
    ctx.table(platformApplications).update(id, (spec) => ({
      ...spec,
      attributes: { ...spec.attributes, ...Attributes },
    }));
    return {};
  },

  CreatePlatformEndpoint(ctx, { PlatformApplicationArn, Token, CustomUserData, Attributes = {} }) {
    const application = requireApplication(ctx, PlatformApplicationArn);
    if (Token === '') throw invalidParameter('Token');
    checkEndpointAttributes({ ...Attributes, ...(CustomUserData !== undefined && { CustomUserData }) });
    const attributes = {
      Enabled: 'true',
      ...(CustomUserData !== undefined && { CustomUserData }),
      ...Attributes,
      Token,
    };
    const known = [...ctx.table(platformEndpoints).by('byApplication', application.id)].find(
      ({ spec }) => spec.attributes['Token'] === Token,
    );
    if (known && !isSame(known.spec.attributes, attributes)) {
      throw invalidParameter(
        `Token Reason: Endpoint ${endpointArnOf(known)} already exists with the same Token, but different attributes.`,
      );
    }
    const endpoint =
      known ??
      ctx.table(platformEndpoints).insert(`${application.id}/${newUuid(ctx.random)}`, {
        applicationId: application.id,
        attributes,
      });
    return { EndpointArn: endpointArnOf(endpoint) };
  },

  DeleteEndpoint(ctx, { EndpointArn }) {
    const endpoint = findEndpoint(ctx, EndpointArn);
    if (endpoint) ctx.table(platformEndpoints).remove(endpoint.id);
    return {};
  },

  GetEndpointAttributes(ctx, { EndpointArn }) {
    return { Attributes: requireEndpoint(ctx, EndpointArn).endpoint.spec.attributes };
  },

  SetEndpointAttributes(ctx, { EndpointArn, Attributes }) {
    const { endpoint } = requireEndpoint(ctx, EndpointArn);
    checkEndpointAttributes(Attributes);
    ctx.table(platformEndpoints).update(endpoint.id, (spec) => ({
      ...spec,
      attributes: { ...spec.attributes, ...Attributes },
    }));
    return {};
  },

  ListEndpointsByPlatformApplication(ctx, { PlatformApplicationArn, NextToken }) {
    const { id } = requireApplication(ctx, PlatformApplicationArn);
    const rowsAfter = inOrder<PlatformEndpointRow>(ctx.table(platformEndpoints).by('byApplication', id));
    const { rows, nextToken } = pageOf(ctx, `ListEndpoints ${id}`, NextToken, rowsAfter);
    return {
      Endpoints: rows.map((row) => ({ EndpointArn: endpointArnOf(row), Attributes: row.spec.attributes })),
      ...(nextToken !== undefined && { NextToken: nextToken }),
    };
  },
} satisfies Operations<SnsApi>;

type Attributes = Readonly<Record<string, string>>;

function checkName(name: string): void {
  if (name === '') throw invalidParameter(`${name} Reason: cannot be empty`);
  if (name.length > 256) throw invalidParameter(`${name} Reason: must be at most 256 characters long`);
  if (!/^[A-Za-z0-9_.-]+$/.test(name))
    throw invalidParameter(`${name} Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'`);
}

/** Google's have a credential alone. */
const withoutPrincipal: ReadonlySet<string> = new Set(['GCM', 'FCM']);

function checkCredentials(platform: string, { PlatformCredential, PlatformPrincipal }: Attributes): void {
  if (PlatformPrincipal !== undefined && PlatformCredential === undefined)
    throw invalidParameter('Attributes Reason: PlatformPrincipal attribute provided without PlatformCredential');
  if (PlatformCredential !== undefined && PlatformPrincipal === undefined && !withoutPrincipal.has(platform))
    throw invalidParameter('Attributes Reason: PlatformCredential attribute provided without PlatformPrincipal');
}

/** Credentials are not shown. */
function describeApplication({ spec }: PlatformApplicationRow): Attributes {
  const { PlatformCredential: _, PlatformPrincipal: _principal, ...shown } = spec.attributes;
  return { Enabled: 'true', ...shown };
}

function checkApplicationAttributes(attributes: Attributes): void {
  const unknown = Object.keys(attributes).find((name) => !applicationAttribute.test(name));
  if (unknown !== undefined) throw invalidParameter(`Attributes Reason: Invalid attribute name: ${unknown}`);
}

function checkEndpointAttributes(attributes: Attributes): void {
  const unknown = Object.keys(attributes).find((name) => !/^(CustomUserData|Enabled|Token)$/.test(name));
  if (unknown !== undefined) throw invalidParameter(`Attributes Reason: Invalid attribute name: ${unknown}`);
  if (Buffer.byteLength(attributes['CustomUserData'] ?? '') > 2048)
    throw invalidParameter(
      'Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 encoding',
    );
  if (attributes['Enabled'] !== undefined && !/^(true|false)$/i.test(attributes['Enabled']))
    throw invalidParameter('Attributes Reason: Enabled must be true or false');
}

function isSame(present: Attributes, wanted: Attributes): boolean {
  const names = new Set([...Object.keys(present), ...Object.keys(wanted)]);
  return [...names].every((name) => present[name] === wanted[name]);
}
