// Queue policies: what may be one, and the statements that AddPermission writes.

import {
  hasPermission,
  type Permission,
  type PolicyWithPermissions,
  parsePermissions,
  withoutPermission,
  withPermission,
} from '../../aws/policies/permissions.ts';
import { checkResourcePolicy, PolicyFault } from '../../aws/policies/policy.ts';
import { invalidAttributeValue, invalidParameter, missingParameter, overLimit } from './sqs.errors.ts';

export function checkPolicyText(policy: string): void {
  try {
    checkResourcePolicy(policy);
  } catch (error) {
    if (error instanceof PolicyFault) throw invalidAttributeValue('Policy');
    throw error;
  }
  checkQuotas(policy);
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html */
const mostPolicyBytes = 8192;
const mostStatements = 20;
const mostActions = 7;

function checkQuotas(policy: string): string {
  const { Statement } = JSON.parse(policy) as { readonly Statement: object | readonly object[] };
  const found = [Statement].flat().length;
  if (found > mostStatements) throw overLimit(`${found} Statements were found, maximum allowed is ${mostStatements}.`);
  const bytes = Buffer.byteLength(policy);
  if (bytes > mostPolicyBytes) throw overLimit(`${bytes} Bytes were found, maximum allowed is ${mostPolicyBytes}.`);
  return policy;
}

const shareable = new Set([
  '*',
  'ChangeMessageVisibility',
  'DeleteMessage',
  'GetQueueAttributes',
  'GetQueueUrl',
  'ListDeadLetterSourceQueues',
  'PurgeQueue',
  'ReceiveMessage',
  'SendMessage',
]);
const ownersOnly = new Set([
  'AddPermission',
  'CancelMessageMoveTask',
  'CreateQueue',
  'DeleteQueue',
  'ListMessageMoveTasks',
  'ListQueues',
  'ListQueueTags',
  'RemovePermission',
  'SetQueueAttributes',
  'StartMessageMoveTask',
  'TagQueue',
  'UntagQueue',
]);

export function addPermission(policy: string | undefined, arn: string, permission: Permission): string {
  const { label, accountIds, actions } = permission;
  checkActions(actions);
  const isAccount = accountIds.length > 0 && accountIds.every((id) => /^\d{12}$/.test(id));
  if (!isAccount) throw invalidParameter('PrincipalId', `[${accountIds.join(', ')}]`, 'Unable to verify.');
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(label)) {
    throw invalidParameter(
      'Label',
      label,
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
    );
  }
  const document = policy === undefined ? newPolicy(arn) : parsePermissions(policy);
  if (hasPermission(document, label)) throw invalidParameter('Label', label, 'Already exists.');
  return checkQuotas(JSON.stringify(withPermission(document, permission, { prefix: 'SQS', arn })));
}

const newPolicy = (arn: string): PolicyWithPermissions => ({
  Version: '2008-10-17',
  Id: `${arn}/SQSDefaultPolicy`,
  Statement: [],
});

/** Undefined when nothing is left of the policy. */
export function removePermission(policy: string | undefined, label: string): string | undefined {
  if (policy === undefined) throw invalidParameter('Label', label, "can't find label.");
  const document = parsePermissions(policy);
  if (!hasPermission(document, label)) throw invalidParameter('Label', label, "can't find label on existing policy.");
  const rest = withoutPermission(document, label);
  return rest.Statement.length === 0 ? undefined : JSON.stringify(rest);
}

function checkActions(actions: readonly string[]): void {
  if (actions.length === 0) throw missingParameter('Actions');
  for (const action of actions) {
    if (ownersOnly.has(action))
      throw invalidParameter('ActionName', `SQS:${action}`, 'Only the queue owner is allowed to invoke this action.');
    if (!shareable.has(action))
      throw invalidParameter(
        'ActionName',
        `SQS:${action}`,
        'Please refer to the appropriate WSDL for a list of valid actions.',
      );
  }
  if (actions.length > mostActions)
    throw overLimit(`${actions.length} Actions were found, maximum allowed is ${mostActions}.`);
}
