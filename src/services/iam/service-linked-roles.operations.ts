// CreateServiceLinkedRole, DeleteServiceLinkedRole, GetServiceLinkedRoleDeletionStatus.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html

import type { Operations } from '../../aws/operation.ts';
import type { IamApi } from '../../generated/iam.types.ts';
import { newIamId, newUuid } from '../../kernel/ids.ts';
import { deletionTasks, endOfTask } from './deletion-tasks.table.ts';
import { requireRole } from './holders.ts';
import { accessDenied, invalidInput, noSuchEntity } from './iam.errors.ts';
import { keyOf } from './names.ts';
import { roleArnOf, roles } from './roles.table.ts';
import { describeNewRole } from './roles.ts';
import { type ServiceLinkedRoleFacts, serviceLinkedRoles } from './service-linked-roles.facts.ts';
import { forgetUses } from './uses.ts';

export const serviceLinkedRoleOperations = {
  CreateServiceLinkedRole(ctx, { AWSServiceName, Description, CustomSuffix }) {
    const facts = requireFacts(AWSServiceName);
    if (CustomSuffix !== undefined && !facts.takesSuffix)
      throw invalidInput(`Custom suffix is not allowed for ${AWSServiceName}`);
    const name = `AWSServiceRoleFor${facts.name}${CustomSuffix === undefined ? '' : `_${CustomSuffix}`}`;
    if (ctx.table(roles).has(keyOf(name))) {
      throw invalidInput(`Service role name ${name} has been taken in this account, please try a different suffix.`);
    }
    const row = ctx.table(roles).insert(keyOf(name), {
      name,
      path: `/aws-service-role/${AWSServiceName}/`,
      roleId: newIamId(ctx.random, 'AROA'),
      trustPolicy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: AWSServiceName }, Action: 'sts:AssumeRole' }],
      }),
      ...(Description !== undefined && { description: Description }),
      maxSessionSeconds: 3600,
      serviceName: AWSServiceName,
      attachedPolicyArns: [`arn:aws:iam::aws:policy/aws-service-role/${facts.policy}`],
      inlinePolicies: [],
      tags: [],
    });
    return { Role: describeNewRole(row) };
  },

  DeleteServiceLinkedRole(ctx, { RoleName }) {
    const row = requireRole(ctx, RoleName);
    const { serviceName, roleId, name } = row.spec;
    if (serviceName === undefined)
      throw accessDenied(ctx.principal.arn, 'DeleteServiceLinkedRole', `resource: ${roleArnOf(row)}`);
    // No service of this cloud keeps anything that needs its role, so none objects.
    ctx.table(roles).remove(row.id);
    forgetUses(ctx, roleId);
    const taskId = `task/aws-service-role/${serviceName}/${name}/${newUuid(ctx.random)}`;
    ctx.table(deletionTasks).insert(taskId, { status: 'SUCCEEDED' });
    return { DeletionTaskId: taskId };
  },

  GetServiceLinkedRoleDeletionStatus(ctx, { DeletionTaskId }) {
    const task = ctx.table(deletionTasks).get(DeletionTaskId);
    if (!task || endOfTask(task) <= ctx.nowMs) throw noSuchEntity(`Deletion Task not found: ${DeletionTaskId}`);
    return { Status: task.spec.status };
  },
} satisfies Operations<IamApi>;

function requireFacts(serviceName: string): ServiceLinkedRoleFacts {
  const service = serviceName.replace(/\.amazonaws\.com$/, '');
  const facts = Object.hasOwn(serviceLinkedRoles, service) ? serviceLinkedRoles[service] : undefined;
  if (!facts || service === serviceName) throw invalidInput(`Invalid service name: ${serviceName}`);
  return facts;
}
