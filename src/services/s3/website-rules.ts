// Websites in buckets: which object or redirect a path leads to.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html

import type { RoutingRule, WebsiteConfiguration } from '../../generated/s3.types.ts';
import { invalidArgument, invalidRequest, malformedXml } from './s3.errors.ts';

export function checkWebsite(website: WebsiteConfiguration): void {
  const { RedirectAllRequestsTo, IndexDocument, ErrorDocument, RoutingRules } = website;
  if (RedirectAllRequestsTo) {
    if (IndexDocument || ErrorDocument || RoutingRules) {
      throw invalidArgument(
        'RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.',
        'RedirectAllRequestsTo',
        'not null',
      );
    }
    checkProtocol(RedirectAllRequestsTo.Protocol);
    return;
  }
  if (!IndexDocument)
    throw invalidArgument(
      'A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty',
      'IndexDocument',
      'null',
    );
  if (IndexDocument.Suffix === '' || IndexDocument.Suffix.includes('/')) {
    throw invalidArgument('The IndexDocument Suffix is not well formed', 'IndexDocument', IndexDocument.Suffix);
  }
  if (ErrorDocument && ErrorDocument.Key === '') throw malformedXml();
  if (RoutingRules?.length === 0) throw malformedXml();
  const rules = RoutingRules?.length ?? 0;
  if (rules > 50) {
    throw invalidRequest(
      `${rules} routing rules provided, the number of routing rules in a website configuration is limited to 50.`,
    );
  }
  for (const { Redirect, Condition } of RoutingRules ?? []) {
    if (Object.values(Redirect).every((value) => value === undefined)) throw malformedXml();
    checkProtocol(Redirect.Protocol);
    if (Redirect.ReplaceKeyWith !== undefined && Redirect.ReplaceKeyPrefixWith !== undefined) {
      throw invalidRequest('You can only define ReplaceKeyPrefix or ReplaceKey but not both.');
    }
    if (Condition && Condition.HttpErrorCodeReturnedEquals === undefined && Condition.KeyPrefixEquals === undefined) {
      throw invalidRequest(
        "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.",
      );
    }
    const returned = Condition?.HttpErrorCodeReturnedEquals;
    if (returned !== undefined && !/^\d+$/.test(returned)) throw malformedXml();
    if (returned !== undefined && !isErrorStatus(Number(returned))) {
      throw invalidRequest(`The provided HTTP error code (${returned}) is not valid. Valid codes are 4XX or 5XX.`);
    }
    const code = Redirect.HttpRedirectCode;
    if (code !== undefined && !/^\d+$/.test(code)) throw malformedXml();
    if (code !== undefined && !/^30[123478]$/.test(code)) {
      throw invalidRequest(`The provided HTTP redirect code (${code}) is not valid. Valid codes are 3XX except 300.`);
    }
  }
}

/** Of those that begin with a 4 or a 5, the ones that S3 knows. */
const isErrorStatus = (code: number): boolean => (code >= 400 && code <= 417) || (code >= 500 && code <= 505);

function checkProtocol(protocol: string | undefined): void {
  if (protocol !== undefined && protocol !== 'http' && protocol !== 'https') {
    throw invalidRequest(
      'Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.',
    );
  }
}

/** The object that a path means: a folder means its index. */
export function keyOfPath(path: string, { IndexDocument }: WebsiteConfiguration): string {
  const key = path.replace(/^\//, '');
  return key === '' || key.endsWith('/') ? key + (IndexDocument?.Suffix ?? '') : key;
}

export function findRule(
  { RoutingRules }: WebsiteConfiguration,
  key: string,
  status: number | undefined,
): RoutingRule | undefined {
  return RoutingRules?.find(({ Condition }) => {
    const isForStatus =
      Condition?.HttpErrorCodeReturnedEquals === undefined
        ? true
        : Condition.HttpErrorCodeReturnedEquals === String(status);
    return isForStatus && key.startsWith(Condition?.KeyPrefixEquals ?? '');
  });
}

export interface Redirection {
  readonly status: number;
  readonly location: string;
}

export function redirectionOf(
  { Redirect, Condition }: RoutingRule,
  key: string,
  here: { protocol: string; host: string },
): Redirection {
  const prefix = Condition?.KeyPrefixEquals ?? '';
  const target =
    Redirect.ReplaceKeyWith ??
    (Redirect.ReplaceKeyPrefixWith === undefined ? key : Redirect.ReplaceKeyPrefixWith + key.slice(prefix.length));
  const protocol = Redirect.Protocol ?? here.protocol;
  const path = target.split('/').map(encodeURIComponent).join('/');
  return {
    status: Number(Redirect.HttpRedirectCode ?? 301),
    location: `${protocol}://${Redirect.HostName ?? here.host}/${path}`,
  };
}
