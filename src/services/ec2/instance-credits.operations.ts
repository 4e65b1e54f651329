// What a burstable instance was asked to do when its CPU credits are used up. The option is kept and shown; credits
// themselves are not counted here, and nothing is throttled. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-performance-instances.html

import { awsError } from '../../aws/errors.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type {
  CreditSpecificationRequest,
  Ec2Api,
  InstanceCreditSpecificationRequest,
  UnsuccessfulInstanceCreditSpecificationItem,
} from '../../generated/ec2.types.ts';
import { describeRows } from './describe.ts';
import { classicPaging } from './describe-paging.ts';
import { invalidParameterValue, malformedId, notFound } from './ec2.errors.ts';
import { getInstanceType } from './instance-types.ts';
import { type CpuCredits, type InstanceRow, instances, stateOf } from './instances.table.ts';
import { isIdOf } from './resource-kind.ts';
import { resourceKinds } from './resources.ts';

export const instanceCreditOperations = {
  /** Of the instances that are named; without names, of those that are unlimited. */
  DescribeInstanceCreditSpecifications(ctx, input) {
    const { InstanceIds: ids = [] } = input;
    const { described: InstanceCreditSpecifications, nextToken: NextToken } = describeRows(ctx, {
      operation: 'DescribeInstanceCreditSpecifications',
      kind: resourceKinds.instance,
      input,
      ids,
      fields: { 'instance-id': ({ id }) => id },
      paging: classicPaging('instancesSet'),
      where: (row) => ids.length > 0 || cpuCreditsOf(row) === 'unlimited',
      describe: (row) => ({ InstanceId: row.id, CpuCredits: cpuCreditsOf(row) }),
    });
    return { InstanceCreditSpecifications, NextToken };
  },

  /** Asking twice changes nothing, so the client token is of no use here. */
  ModifyInstanceCreditSpecification(ctx, { InstanceCreditSpecifications }) {
    const outcomes = InstanceCreditSpecifications.map((request) => modifyOne(ctx, request));
    return {
      SuccessfulInstanceCreditSpecifications: outcomes.flatMap((outcome) =>
        outcome.Error ? [] : { InstanceId: outcome.InstanceId },
      ),
      UnsuccessfulInstanceCreditSpecifications: outcomes.filter((outcome) => outcome.Error),
    };
  },
} satisfies Operations<Ec2Api>;

/** T2 starts as standard, all later ones as unlimited. */
function cpuCreditsOf({ spec }: InstanceRow): CpuCredits {
  if (spec.cpuCredits) return spec.cpuCredits;
  return isBurstable(spec.instanceType) && !/^t2\./.test(spec.instanceType) ? 'unlimited' : 'standard';
}

function isBurstable(instanceType: string): boolean {
  return getInstanceType(instanceType)?.BurstablePerformanceSupported ?? false;
}

/** For RunInstances. */
export function requestedCredits(
  request: CreditSpecificationRequest | undefined,
  instanceType: string,
): { readonly cpuCredits?: CpuCredits } {
  if (request?.CpuCredits === undefined) return {};
  const cpuCredits = parseCpuCredits(request.CpuCredits);
  if (isBurstable(instanceType)) return { cpuCredits };
  // Types without credits take what they do anyway.
  if (cpuCredits === 'standard') return {};
  throw awsError(
    'InstanceCreditSpecification.NotSupported',
    `The ${instanceType} instance type does not support T2 Unlimited.`,
  );
}

function parseCpuCredits(text: string): CpuCredits {
  if (text === 'standard' || text === 'unlimited') return text;
  throw invalidParameterValue(
    `Value (${text}) for parameter CpuCredits is invalid. Valid values: standard, unlimited.`,
  );
}

function modifyOne(
  ctx: OperationContext,
  { InstanceId, CpuCredits = 'standard' }: InstanceCreditSpecificationRequest,
): UnsuccessfulInstanceCreditSpecificationItem {
  const cpuCredits = parseCpuCredits(CpuCredits);
  const row = ctx.table(instances).get(InstanceId);
  const refusal = refusalOf(InstanceId, row);
  if (refusal) return { InstanceId, Error: refusal };
  ctx.table(instances).update(InstanceId, (spec) => ({ ...spec, cpuCredits }));
  return { InstanceId };
}

function refusalOf(
  instanceId: string,
  row: InstanceRow | undefined,
): UnsuccessfulInstanceCreditSpecificationItem['Error'] {
  if (!isIdOf(resourceKinds.instance, instanceId)) {
    const { message: Message } = malformedId('InvalidInstanceID.Malformed', instanceId, 'i');
    return { Code: 'InvalidInstanceID.Malformed', Message };
  }
  if (!row) {
    const { message: Message } = notFound('InvalidInstanceID.NotFound', 'instance', [instanceId]);
    return { Code: 'InvalidInstanceID.NotFound', Message };
  }
  if (!isBurstable(row.spec.instanceType)) {
    return {
      Code: 'InstanceCreditSpecification.NotSupported',
      Message: `The ${row.spec.instanceType} instance type does not support T2 Unlimited.`,
    };
  }
  if (!['running', 'stopped'].includes(stateOf(row))) {
    return {
      Code: 'IncorrectInstanceState',
      Message: `The instance '${instanceId}' is not in a state in which its credit option can be changed.`,
    };
  }
  return undefined;
}
