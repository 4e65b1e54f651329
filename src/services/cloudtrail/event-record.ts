// A call as CloudTrail writes it down. Pure.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html

import { parseArn } from '../../aws/arn.ts';
import type { Call } from '../../aws/calls.ts';
import type { OperationModel, Shape } from '../../aws/model.ts';
import type { Principal } from '../../aws/principal.ts';
import { formatIso, type TimestampMs } from '../../kernel/clock.ts';
import type { EventSpec } from './events.table.ts';

const hidden = 'HIDDEN_DUE_TO_SECURITY_REASONS';

/** What AWS counts as work on data: event histories leave it out. */
const dataOperations: Readonly<Record<string, RegExp>> = {
  s3: /^(?:(?:Get|Put|Head|Delete|Copy|Restore|Select|Rename)Object|DeleteObjects|ListObject|ListParts|ListMultipart|HeadBucket|.*MultipartUpload|UploadPart|WriteGetObjectResponse)/,
  dynamodb: /Item|^(?:Query|Scan)$|^(?:Batch)?Execute|^Transact/,
  dynamodbstreams: /^Get/,
  sqs: /^(?:Send|Receive|Delete)Message|^ChangeMessageVisibility/,
  sns: /^Publish/,
  lambda: /^Invoke/,
};

const readOnlyNames = /^(?:Get|List|Describe|Head|Lookup|Search|Select|Simulate|Check|BatchGet|Decode)/;

/** Nothing is changed by handing out keys: AWS counts it as reading, but shows the answer. */
const handsOutKeys = ({ service, name }: OperationModel): boolean =>
  service.id === 'sts' && /^(?:AssumeRo|GetSessionToken$|GetFederationToken$)/.test(name);

export interface EventKind {
  readonly isData: boolean;
  readonly isReadOnly: boolean;
  /** Of what only reads, only that something was read is told. */
  readonly showsAnswer: boolean;
}

const kinds = new WeakMap<OperationModel, EventKind>();

/** Told once for each operation: it is asked of every call. */
export function kindOf(operation: OperationModel): EventKind {
  let kind = kinds.get(operation);
  if (!kind) {
    const { service, name } = operation;
    const isReadOnly = readOnlyNames.test(name) || handsOutKeys(operation);
    kind = {
      isData: dataOperations[service.id]?.test(name) === true,
      isReadOnly,
      showsAnswer: !isReadOnly || handsOutKeys(operation),
    };
    kinds.set(operation, kind);
  }
  return kind;
}

/** IAM and its like have one home, wherever they are called. */
const globalServices: ReadonlySet<string> = new Set([
  'iam',
  'route53',
  'route53domains',
  'organizations',
  'cloudfront',
]);

export const regionOf = ({ operation, region }: Pick<Call, 'operation' | 'region'>): string =>
  globalServices.has(operation.service.id) ? 'us-east-1' : region;

export function describeCall(call: Call, eventId: string): EventSpec {
  const { operation, principal, atMs } = call;
  const { isReadOnly: readOnly } = kindOf(operation);
  const source = `${operation.service.signingName}.amazonaws.com`;
  const username = usernameOf(principal);
  return {
    name: operation.name,
    source,
    atMs,
    isReadOnly: readOnly,
    ...(username !== undefined && { username }),
    ...(principal.accessKeyId !== undefined && { accessKeyId: principal.accessKeyId }),
    resources: resourcesOf(call),
    record: JSON.stringify(recordOf(call, { eventId, source, readOnly })),
  };
}

interface Event {
  readonly eventId: string;
  readonly source: string;
  readonly readOnly: boolean;
}

function recordOf(call: Call, { eventId, source, readOnly }: Event) {
  const { operation, principal, atMs, error, input, output, request, requestId, account } = call;
  const formatTime = proseDates.has(operation.service.id) ? formatProseDate : formatSeconds;
  const answer = kindOf(operation).showsAnswer && !error ? shown(operation.output, output, formatTime) : undefined;
  return {
    eventVersion: '1.11',
    userIdentity: identityOf(principal),
    eventTime: formatIso(atMs, 'seconds'),
    eventSource: source,
    eventName: operation.name,
    awsRegion: regionOf(call),
    sourceIPAddress: request?.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '') ?? source,
    userAgent: request?.headers['user-agent'] ?? source,
    ...(error && { errorCode: error.code, errorMessage: error.message }),
    requestParameters: shown(operation.input, input, formatTime) ?? null,
    responseElements: answer ?? null,
    requestID: requestId,
    eventID: eventId,
    readOnly,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
  };
}

/** Services whose dates come as the older ones of AWS write them: `Jul 18, 2014 4:07:39 PM`. */
const proseDates: ReadonlySet<string> = new Set(['iam', 'sts']);

const proseFormat = new Intl.DateTimeFormat('en-US', {
  timeZone: 'UTC',
  month: 'short',
  day: 'numeric',
  year: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  second: '2-digit',
});

function formatProseDate(atMs: TimestampMs): string {
  const part = Object.fromEntries(proseFormat.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const { month, day, year, hour, minute, second, dayPeriod } = part;
  return `${month} ${day}, ${year} ${hour}:${minute}:${second} ${dayPeriod}`;
}

const formatSeconds = (atMs: TimestampMs): string => formatIso(atMs, 'seconds');

/** Left out altogether, where other secrets are shown to be hidden. */
const unshownMember = 'SecretAccessKey';

/** A value with AWS's names beginning in lower case, without secrets and without bytes. */
function shown(shape: Shape, value: unknown, formatTime: (atMs: TimestampMs) => string): unknown {
  if (value === undefined || value === null) return undefined;
  if (shape.sensitive) return hidden;
  switch (shape.type) {
    case 'structure': {
      const members = shape.members.flatMap(({ name, shape: inner }) => {
        const text = shown(inner, (value as Readonly<Record<string, unknown>>)[name], formatTime);
        return text === undefined || name === unshownMember
          ? []
          : [[name.charAt(0).toLowerCase() + name.slice(1), text]];
      });
      return members.length > 0 ? Object.fromEntries(members) : undefined;
    }
    case 'list':
      return (value as readonly unknown[]).map((item) => shown(shape.element.shape, item, formatTime) ?? null);
    case 'map':
      return Object.fromEntries(
        Object.entries(value as Readonly<Record<string, unknown>>).map(([key, item]) => [
          key,
          shown(shape.value.shape, item, formatTime) ?? null,
        ]),
      );
    case 'blob':
      return undefined;
    case 'timestamp':
      return formatTime(value as number);
    default:
      return value;
  }
}

const nameIn = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

function usernameOf({ kind, arn, session, account }: Principal): string | undefined {
  if (kind === 'root') return account === undefined ? undefined : 'root';
  if (kind === 'user' || kind === 'federated-user') return nameIn(arn);
  return kind === 'assumed-role' ? (session?.sessionName ?? nameIn(arn)) : undefined;
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html */
function identityOf(principal: Principal) {
  const { kind, arn, userId, account, accessKeyId, session } = principal;
  if (kind === 'service') return { type: 'AWSService', invokedBy: arn };
  if (kind === 'anonymous') return { type: 'AWSAccount', principalId: 'ANONYMOUS', accountId: 'anonymous' };
  const common = { principalId: userId, arn, accountId: account, ...(accessKeyId !== undefined && { accessKeyId }) };
  const context = session && { sessionContext: sessionContextOf(principal) };
  switch (kind) {
    case 'root':
      return { type: 'Root', ...common, ...context };
    case 'user':
      return { type: 'IAMUser', ...common, userName: nameIn(arn), ...context };
    case 'assumed-role':
      return { type: 'AssumedRole', ...common, ...context };
    case 'federated-user':
      return { type: 'FederatedUser', ...common, ...context };
    default:
      return { type: 'Unknown', ...common };
  }
}

function sessionContextOf({ account, session }: Principal) {
  if (!session) return undefined;
  const { roleArn, roleId, issuedAtMs, mfaAuthenticatedAtMs, sourceIdentity, federatedProvider } = session;
  return {
    ...(roleArn !== undefined && {
      sessionIssuer: { type: 'Role', principalId: roleId, arn: roleArn, accountId: account, userName: nameIn(roleArn) },
    }),
    ...(federatedProvider !== undefined && { webIdFederationData: { federatedProvider, attributes: {} } }),
    attributes: {
      creationDate: formatIso(issuedAtMs, 'seconds'),
      mfaAuthenticated: String(mfaAuthenticatedAtMs !== undefined),
    },
    ...(sourceIdentity !== undefined && { sourceIdentity }),
  };
}

/** By service and the word before the name: `AWS::IAM::User`. */
const resourceTypes: Readonly<Record<string, string>> = {
  'iam user': 'AWS::IAM::User',
  'iam group': 'AWS::IAM::Group',
  'iam role': 'AWS::IAM::Role',
  'iam policy': 'AWS::IAM::Policy',
  'iam instance-profile': 'AWS::IAM::InstanceProfile',
  'ec2 instance': 'AWS::EC2::Instance',
  'ec2 volume': 'AWS::EC2::Volume',
  'ec2 image': 'AWS::EC2::Ami',
  'ec2 key-pair': 'AWS::EC2::KeyPair',
  'ec2 security-group': 'AWS::EC2::SecurityGroup',
  'ec2 subnet': 'AWS::EC2::Subnet',
  'ec2 vpc': 'AWS::EC2::VPC',
  'ec2 network-interface': 'AWS::EC2::NetworkInterface',
  'ec2 route-table': 'AWS::EC2::RouteTable',
  'ec2 internet-gateway': 'AWS::EC2::InternetGateway',
  'dynamodb table': 'AWS::DynamoDB::Table',
  'ssm parameter': 'AWS::SSM::Parameter',
  s3: 'AWS::S3::Bucket',
  sqs: 'AWS::SQS::Queue',
  sns: 'AWS::SNS::Topic',
};

function resourcesOf({ accesses }: Call): EventSpec['resources'] {
  const arns = new Set(accesses.map(({ resource }) => resource).filter((resource) => !/^\*$|[*]/.test(resource)));
  return [...arns].flatMap((arn) => {
    const parsed = parseArn(arn);
    const [, kind = '', name = ''] = /^(?:([a-z-]+)[/:])?(.*)$/s.exec(parsed?.resource ?? '') ?? [];
    if (!parsed || name === '') return [];
    const type = resourceTypes[`${parsed.service} ${kind}`] ?? resourceTypes[parsed.service];
    return [{ name: kind === '' ? parsed.resource : name, ...(type !== undefined && { type }) }];
  });
}
