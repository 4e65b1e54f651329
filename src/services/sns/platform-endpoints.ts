// Finding platform applications and endpoints by their ARNs.

import { parseArn } from '../../aws/arn.ts';
import type { OperationContext } from '../../aws/operation.ts';
import {
  type PlatformApplicationRow,
  type PlatformEndpointRow,
  platformApplications,
  platformEndpoints,
} from './platform-endpoints.table.ts';
import { endpointDoesNotExist, platformApplicationDoesNotExist } from './sns.errors.ts';
import { invalidArn } from './topics.ts';

function idIn(ctx: OperationContext, arn: string, parameter: string, kind: 'app' | 'endpoint'): string | undefined {
  const parsed = parseArn(arn);
  if (parsed?.service !== 'sns' || !parsed.resource.startsWith(`${kind}/`)) throw invalidArn(parameter, arn);
  const isHere = parsed.account === ctx.account && parsed.region === ctx.region;
  return isHere ? parsed.resource.slice(kind.length + 1) : undefined;
}

export function findApplication(ctx: OperationContext, arn: string): PlatformApplicationRow | undefined {
  const id = idIn(ctx, arn, 'PlatformApplicationArn', 'app');
  return id === undefined ? undefined : ctx.table(platformApplications).get(id);
}

export function requireApplication(ctx: OperationContext, arn: string): PlatformApplicationRow {
  const application = findApplication(ctx, arn);
  if (!application) throw platformApplicationDoesNotExist();
  return application;
}

export function findEndpoint(ctx: OperationContext, arn: string): PlatformEndpointRow | undefined {
  const id = idIn(ctx, arn, 'EndpointArn', 'endpoint');
  return id === undefined ? undefined : ctx.table(platformEndpoints).get(id);
}

interface EndpointOfApplication {
  readonly endpoint: PlatformEndpointRow;
  readonly application: PlatformApplicationRow;
}

export function getEndpoint(ctx: OperationContext, arn: string): EndpointOfApplication | undefined {
  const endpoint = findEndpoint(ctx, arn);
  const application = endpoint && ctx.table(platformApplications).get(endpoint.spec.applicationId);
  return application && { endpoint, application };
}

export function requireEndpoint(ctx: OperationContext, arn: string): EndpointOfApplication {
  const found = getEndpoint(ctx, arn);
  if (!found) throw endpointDoesNotExist();
  return found;
}
