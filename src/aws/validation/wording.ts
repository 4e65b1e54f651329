// What AWS calls a violated constraint, and how it says it: most services share one framework's words under their own
// codes; EC2, S3, SQS, SNS and CloudWatch have words of their own.

import { AwsError, awsError } from '../errors.ts';
import type { OperationModel } from '../model.ts';
import type { Constraint, PathStep, Violation } from './constraints.ts';
import { dynamodbViolations } from './dynamodb-wording.ts';
import { ec2Violation } from './ec2-wording.ts';

/** Values longer than this are cut in messages. */
const longestShownValue = 1024;

type Wording = (operation: OperationModel, violations: readonly Violation[], input: unknown) => AwsError | undefined;

/** Undefined when the operation itself sees to what is wrong. */
export function violationError(
  operation: OperationModel,
  violations: readonly Violation[],
  input: unknown,
): AwsError | undefined {
  const { id } = operation.service;
  const wording = Object.hasOwn(ownWordings, id) ? ownWordings[id] : undefined;
  return (wording ?? frameworkError)(operation, violations, input);
}

const codes: Readonly<Record<string, string>> = {
  apigateway: 'BadRequestException',
  apigatewayv2: 'BadRequestException',
  appsync: 'BadRequestException',
  budgets: 'InvalidParameterException',
  ecr: 'InvalidParameterException',
  ecs: 'InvalidParameterException',
  eks: 'InvalidParameterException',
  logs: 'InvalidParameterException',
  pricing: 'InvalidParameterException',
  resourcegroupstaggingapi: 'InvalidParameterException',
  route53: 'InvalidInput',
  route53domains: 'InvalidInput',
  route53resolver: 'InvalidParameterException',
  s3control: 'InvalidRequest',
  'service-quotas': 'IllegalArgumentException',
  servicediscovery: 'InvalidInput',
};

function frameworkError(operation: OperationModel, violations: readonly Violation[]): AwsError {
  const { service } = operation;
  const code = codes[service.id] ?? (service.protocols.includes('query') ? 'ValidationError' : 'ValidationException');
  const count = `${violations.length} validation error${violations.length > 1 ? 's' : ''} detected: `;
  return awsError(
    code,
    count +
      violations
        .map((violation) =>
          service.id === 'iam' ? sentenceOfIam(violation) : sentence(violation, longestShown(service.id)),
        )
        .join('; '),
  );
}

function longestShown(serviceId: string): number {
  return serviceId === 'dynamodb' ? Number.POSITIVE_INFINITY : longestShownValue;
}

function sentence({ path, value, constraint, shape }: Violation, longest: number): string {
  const shown = shape.sensitive
    ? 'Value'
    : value === null
      ? 'Value null'
      : `Value '${shorten(display(value), longest)}'`;
  return `${shown} at '${frameworkPath(path)}' failed to satisfy constraint: ${demand(constraint)}`;
}

/** IAM shows neither what it was given nor what it would have taken. */
function sentenceOfIam({ path, constraint }: Violation): string {
  const wanted = constraint.kind === 'enum' ? 'Member must satisfy enum value set' : demand(constraint);
  return `Value at '${frameworkPath(path)}' failed to satisfy constraint: ${wanted}`;
}

/** `tags.1.member.key`: members begin in lower case, elements of lists count from 1. */
function frameworkPath(path: readonly PathStep[]): string {
  const steps = path.map((step) => {
    if (typeof step === 'number') return `${step}.member`;
    return typeof step === 'string' ? `${step}.member` : lowerFirst(step.name);
  });
  return steps.join('.');
}

function demand(constraint: Constraint): string {
  switch (constraint.kind) {
    case 'required':
      return 'Member must not be null';
    case 'enum':
      return `Member must satisfy enum value set: [${constraint.values.join(', ')}]`;
    case 'pattern':
      return `Member must satisfy regular expression pattern: ${constraint.pattern}`;
    case 'minLength':
      return `Member must have length greater than or equal to ${constraint.limit}`;
    case 'maxLength':
      return `Member must have length less than or equal to ${constraint.limit}`;
    case 'min':
      return `Member must have value greater than or equal to ${constraint.limit}`;
    case 'max':
      return `Member must have value less than or equal to ${constraint.limit}`;
    default:
      return `${wholes[constraint.kind]} must satisfy constraint: [${constraint.demands.toReversed().map(demand).join(', ')}]`;
  }
}

const wholes = { members: 'Member', keys: 'Map keys', values: 'Map value' } as const;

/** As Java prints it. */
function display(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(display).join(', ')}]`;
  if (value instanceof Uint8Array) return 'java.nio.HeapByteBuffer';
  if (typeof value !== 'object' || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([key, entry]) => `${key}=${display(entry)}`)
    .join(', ')}}`;
}

function shorten(text: string, longest = longestShownValue): string {
  return text.length > longest ? `${text.slice(0, longest)}...` : text;
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

const iamPathRule = 'begin and end with / and contain only alphanumeric characters and/or / characters.';

/** By pattern. */
const iamRules: Readonly<Record<string, string>> = {
  '[\\w+=,.@-]+': 'contain only alphanumeric characters and/or the following: +=,.@_-',
  '(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)': iamPathRule,
  '((/[A-Za-z0-9\\.,\\+@=_-]+)*)/': iamPathRule,
};

const reasonsOfOrganizations: Readonly<Record<Constraint['kind'], readonly [reason: string, message: string]>> = {
  required: ['INPUT_REQUIRED', 'You must include a value for all required parameters.'],
  enum: ['INVALID_ENUM', 'You specified an invalid value.'],
  pattern: ['INVALID_PATTERN', 'You provided a value that does not match the required pattern.'],
  minLength: ['MIN_LENGTH_EXCEEDED', 'You provided a string parameter that is shorter than allowed.'],
  maxLength: ['MAX_LENGTH_EXCEEDED', 'You provided a string parameter that is longer than allowed.'],
  min: ['MIN_VALUE_EXCEEDED', 'You provided a numeric parameter that has a smaller value than allowed.'],
  max: ['MAX_VALUE_EXCEEDED', 'You provided a numeric parameter that has a larger value than allowed.'],
  members: ['INVALID_LIST_MEMBER', 'You provided a list to a parameter that contains at least one invalid value.'],
  keys: ['INVALID_LIST_MEMBER', 'You provided a list to a parameter that contains at least one invalid value.'],
  values: ['INVALID_LIST_MEMBER', 'You provided a list to a parameter that contains at least one invalid value.'],
};

/** What S3 has words of its own for, checks after something else, or takes in any case of its letters. */
const leftToS3: ReadonlySet<string> = new Set([
  'x-amz-metadata-directive',
  'x-amz-object-attributes',
  'x-amz-object-lock-legal-hold',
  'x-amz-object-lock-mode',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-tagging-directive',
  'x-amz-checksum-algorithm',
  'x-amz-checksum-mode',
  'x-amz-checksum-type',
  'x-amz-copy-source',
  'ListBuckets.MaxBuckets',
  'PutBucketAccelerateConfiguration.Status',
  'PutBucketEncryption.Rules',
  'PutBucketLogging.Permission',
  'PutBucketNotificationConfiguration.Name',
  'PutBucketTagging.TagSet',
  'PutBucketWebsite.Protocol',
  'PutObjectTagging.TagSet',
]);

/** Of a header, or of the member of a document that is wrong. */
function nameOf({ name }: OperationModel, { path }: Violation): string {
  const last = path.findLast((step) => typeof step === 'object');
  if (!last) return '';
  return last.location === 'header' ? (last.locationName ?? '').toLowerCase() : `${name}.${last.name}`;
}

const ownWordings: Readonly<Record<string, Wording>> = {
  ec2: (operation, violations) =>
    ec2Violation(operation, violations, { show: (value) => shorten(display(value)), demand }),

  dynamodb: (operation, violations, input) => {
    const found = dynamodbViolations(operation, violations, input);
    return found instanceof AwsError ? found : frameworkError(operation, found);
  },

  s3: (operation, violations) => {
    const violation = violations.find((one) => !leftToS3.has(nameOf(operation, one)));
    if (!violation) return undefined;
    const { path, value, constraint } = violation;
    const top = path[0];
    const location = typeof top === 'object' ? top.location : undefined;
    const name = typeof top === 'object' ? (top.locationName ?? top.name) : '';
    if (location === undefined && constraint.kind === 'required' && path.length === 1) {
      return operation.name === 'PutBucketPolicy'
        ? awsError('MalformedPolicy', "Policies must be valid JSON and the first byte must be '{'")
        : awsError('MissingRequestBodyError', 'Request Body is empty');
    }
    if (location === undefined) return malformedXml(name === 'AccessControlPolicy' ? 'MalformedACLError' : undefined);
    if (constraint.kind === 'required')
      return awsError('InvalidRequest', `Missing required header for this request: ${name}`);
    if (name === 'x-amz-storage-class')
      return awsError('InvalidStorageClass', 'The storage class you specified is not valid', 400, {
        StorageClassRequested: display(value),
      });
    if (name === 'x-amz-acl')
      return awsError('InvalidArgument', '', 400, { ArgumentName: name, ArgumentValue: display(value) });
    if (name === 'encoding-type') {
      return awsError('InvalidArgument', 'Invalid Encoding Method specified in Request', 400, {
        ArgumentName: name,
        ArgumentValue: display(value),
      });
    }
    if (name === 'x-amz-object-ownership') {
      return awsError('InvalidArgument', `Invalid x-amz-object-ownership header: ${display(value)}`, 400, {
        ArgumentName: name,
      });
    }
    if (name === 'x-amz-transition-default-minimum-object-size') {
      return awsError('InvalidRequest', `Invalid TransitionDefaultMinimumObjectSize found: ${display(value)}`);
    }
    return awsError('InvalidArgument', `Invalid argument: ${name}`, 400, {
      ArgumentName: name,
      ArgumentValue: shorten(display(value)),
    });
  },

  sqs: (operation, violations) => {
    const missing = violations.find(({ constraint }) => constraint.kind === 'required');
    if (!missing) return frameworkError(operation, violations);
    return awsError('MissingParameter', `The request must contain the parameter ${dottedPath(missing.path)}.`);
  },

  sns: (operation, violations) => {
    const missing = violations.find(({ constraint }) => constraint.kind === 'required');
    // Of texts alone SNS says so itself.
    if (missing?.path.length !== 1 || missing.shape.type !== 'string') return frameworkError(operation, violations);
    return awsError(
      'InvalidParameter',
      `Invalid parameter: ${dottedPath(missing.path)} Reason: no value for required parameter`,
    );
  },

  cloudwatch: (operation, violations) => {
    const missing = violations.find(({ constraint }) => constraint.kind === 'required');
    if (!missing) return frameworkError(operation, violations);
    return awsError('MissingParameter', `The parameter ${dottedPath(missing.path)} is required.`);
  },

  organizations: (_operation, violations) => {
    const [Reason, message] = reasonsOfOrganizations[(violations[0] as Violation).constraint.kind];
    return awsError('InvalidInputException', message, 400, { Reason });
  },

  iam: (operation, violations) => {
    const { path, constraint } = violations[0] as Violation;
    // Names and paths alone are worded for people.
    const rule = constraint.kind === 'pattern' ? iamRules[constraint.pattern] : undefined;
    if (violations.length > 1 || rule === undefined) return frameworkError(operation, violations);
    return awsError('ValidationError', `The specified value for ${frameworkPath(path)} is invalid. It must ${rule}`);
  },
};

function malformedXml(code = 'MalformedXML'): AwsError {
  return awsError(code, 'The XML you provided was not well-formed or did not validate against our published schema');
}

function dottedPath(path: readonly PathStep[]): string {
  return path.map((step) => (typeof step === 'object' ? step.name : String(step))).join('.');
}
