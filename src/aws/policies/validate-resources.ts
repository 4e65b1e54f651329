// Resources in policies as IAM checks them when a document is written.

import { listOf, type StatementSource } from './policy-syntax.ts';

const partitions: ReadonlySet<string> = new Set([
  '*',
  'aws',
  'aws-cn',
  'aws-us-gov',
  'aws-iso',
  'aws-iso-b',
  'aws-iso-e',
  'aws-iso-f',
  'aws-eusc',
]);

const resourcesOf = ({ Resource, NotResource }: StatementSource): readonly string[] => listOf(Resource ?? NotResource);

/**
 * An older parser than the one that words the faults below: an ARN that stops early must not have empty parts, and the vendor
 * must be there. It does not come to judge a statement with a fault that has words of its own.
 */
export function passesLegacyParser(statement: StatementSource): boolean {
  if (resourceFault(statement) !== undefined) return true;
  return resourcesOf(statement).every((resource) => {
    if (resource === '*') return true;
    const parts = resource.split(':');
    return parts[2] !== '' && (parts.length >= 6 || !resource.includes('::'));
  });
}

/** The first fault in IAM's words. */
export function resourceFault(statement: StatementSource): string | undefined {
  for (const resource of resourcesOf(statement)) {
    const fault = resource === '*' ? undefined : faultOf(resource);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultOf(resource: string): string | undefined {
  const [, partition, vendor, region = '', account, ...rest] = resource.split(':');
  if (partition === undefined) return `Resource ${resource} must be in ARN format or "*".`;
  if (!partitions.has(partition)) {
    const arn = [partition, vendor || '*', region || '*', account ?? '*', rest.join(':') || '*'];
    return `Partition "${partition}" is not valid for resource "arn:${completed(resource, arn)}".`;
  }
  if (vendor === undefined || /[*?]/.test(vendor)) {
    return 'Resource vendor must be fully qualified and cannot contain regexes.';
  }
  return vendorFault(vendor, region, rest.length > 0 ? rest.join(':') : undefined, resource);
}

/** Missing parts are told as `*`; what is there, empty or not, as it is. */
function completed(resource: string, arn: readonly string[]): string {
  const given = resource.split(':').slice(1);
  const parts = [...given.slice(0, 4), ...(given.length > 4 ? [given.slice(4).join(':')] : [])];
  return arn.map((part, at) => parts[at] ?? part).join(':');
}

/** What S3 has in regions. */
const regionalInS3 = /^(?:\*|accesspoint\/|access-grants\/|job\/|storage-lens(?:-group)?\/|async-request\/)/;

const iamPaths = [
  'user/',
  'federated-user/',
  'role/',
  'group/',
  'instance-profile/',
  'mfa/',
  'server-certificate/',
  'policy/',
  'sms-mfa/',
  'saml-provider/',
  'oidc-provider/',
  'report/',
  'access-report/',
];

function vendorFault(vendor: string, region: string, id: string | undefined, resource: string): string | undefined {
  if (vendor === 's3' && region !== '' && id !== undefined && !regionalInS3.test(id)) {
    return `Resource ${resource} can not contain region information.`;
  }
  if (vendor !== 'iam') return undefined;
  if (region !== '') return `IAM resource ${resource} cannot contain region information.`;
  if (id === undefined || id === '*' || iamPaths.some((path) => id.startsWith(path))) return undefined;
  return `IAM resource path must either be "*" or start with ${iamPaths.join(', ')}.`;
}
