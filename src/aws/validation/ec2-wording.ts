// What EC2 says of a request that its model does not admit. Its oldest operations have words of their own, some by names
// that are in no model any more.

import { type AwsError, awsError } from '../errors.ts';
import type { OperationModel } from '../model.ts';
import type { Constraint, PathStep, Violation } from './constraints.ts';

export interface Ec2Words {
  /** The value as it may be shown. */
  readonly show: (value: unknown) => string;
  readonly demand: (constraint: Constraint) => string;
}

export function ec2Violation(operation: OperationModel, violations: readonly Violation[], words: Ec2Words): AwsError {
  const missing = violations.find(({ constraint }) => constraint.kind === 'required');
  if (missing) return missingMember(operation.name, ec2Path(missing.path));
  const violation = violations[0] as Violation;
  const { path, value, shape } = violation;
  const unknown = unknownValues(violation);
  if (unknown.length === 0) {
    const name = lowerFirst(ec2Path(path));
    return invalidValue(
      `Value ( ${words.show(value)} ) for parameter ${name} is invalid. ${expectation(violation, words)}`,
    );
  }
  if (operation.name === 'DescribeInstanceTypes' && shape.type === 'list') {
    const types = unknown.map(words.show).join(', ');
    return awsError('InvalidInstanceType', `The following supplied instance types do not exist: [${types}]`);
  }
  const [first] = unknown.map(words.show);
  return shape.name === 'InstanceAttributeName'
    ? invalidValue(`Value (${first}) for parameter attribute is invalid. Unknown attribute.`)
    : invalidValue(`Invalid value '${first}' for ${ec2Path(path)}.`);
}

/** Operations that say "no instances" rather than name their one parameter. */
const actsOnInstances = ['StartInstances', 'StopInstances', 'RebootInstances', 'TerminateInstances'];

const oldNames: Readonly<Record<string, string>> = {
  'CreateTags ResourceId': 'resourceIdSet',
  'DeleteTags ResourceId': 'resourceIdSet',
};

function missingMember(operationName: string, path: string): AwsError {
  if (actsOnInstances.includes(operationName) && path === 'InstanceId') {
    return awsError('InvalidParameterCombination', 'No instances specified');
  }
  const name = oldNames[`${operationName} ${path}`] ?? path;
  return awsError('MissingParameter', `The request must contain the parameter ${name}`);
}

/** Those of the value, or of the list's values, that are not in the enum that was broken. */
function unknownValues({ value, constraint }: Violation): readonly unknown[] {
  const demands = constraint.kind === 'members' ? constraint.demands : [constraint];
  const known = demands.find((demand) => demand.kind === 'enum')?.values as readonly unknown[] | undefined;
  if (!known) return [];
  return (Array.isArray(value) ? value : [value]).filter((one) => !known.includes(one));
}

/** `BlockDeviceMapping.1.Ebs.VolumeSize`, as the request spelled it. */
function ec2Path(path: readonly PathStep[]): string {
  return path
    .map((step) => {
      if (typeof step !== 'object') return String(step);
      const name = step.queryName ?? step.locationName ?? step.name;
      return name.charAt(0).toUpperCase() + name.slice(1);
    })
    .join('.');
}

function expectation({ constraint, shape }: Violation, { demand }: Ec2Words): string {
  if (constraint.kind !== 'min' && constraint.kind !== 'max') return demand(constraint);
  const { min, max } = shape as { min?: number; max?: number };
  if (min !== undefined && max !== undefined) return `Expecting a value between ${min} and ${max}.`;
  return constraint.kind === 'min'
    ? `Expecting a value not less than ${constraint.limit}.`
    : `Expecting a value not greater than ${constraint.limit}.`;
}

function invalidValue(message: string): AwsError {
  return awsError('InvalidParameterValue', message);
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
