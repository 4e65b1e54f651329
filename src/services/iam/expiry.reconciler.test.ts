import { expect, test } from 'vitest';
import { createTestClients, testStartMs } from '../../aws/test-client.testing.ts';
import { createSimulatedClock } from '../../kernel/simulated-clock.ts';
import { advisorJobs } from './access-advisor.table.ts';
import { deletionTasks } from './deletion-tasks.table.ts';
import { createExpiryReconciler } from './expiry.reconciler.ts';
import { iam as service } from './iam.ts';

const dayMs = 24 * 3600_000;

test('a report can be asked for during a day, the end of a role during a week, and then both are forgotten', async () => {
  const { client, store, advance } = createTestClients([service]);
  const iam = client('iam');
  await iam.CreateUser({ UserName: 'alice' });
  const { JobId = '' } = await iam.GenerateServiceLastAccessedDetails({ Arn: 'arn:aws:iam::000000000000:user/alice' });
  await iam.CreateServiceLinkedRole({ AWSServiceName: 'ecs.amazonaws.com' });
  const { DeletionTaskId } = await iam.DeleteServiceLinkedRole({ RoleName: 'AWSServiceRoleForECS' });

  const left = async (atMs: number) => {
    const reconciler = createExpiryReconciler({ store, clock: createSimulatedClock(testStartMs + atMs) });
    for (const table of await reconciler.keys()) await reconciler.reconcile(table);
    return [...store.listAll(advisorJobs), ...store.listAll(deletionTasks)].map(({ id }) => id);
  };

  advance(dayMs - 1);
  expect(await iam.GetServiceLastAccessedDetails({ JobId })).toMatchObject({ JobStatus: 'COMPLETED' });
  expect(await left(dayMs - 1)).toEqual([JobId, DeletionTaskId]);
  advance(1);
  await expect(iam.GetServiceLastAccessedDetails({ JobId })).rejects.toMatchObject({ code: 'NoSuchEntity' });
  expect(await iam.GetServiceLinkedRoleDeletionStatus({ DeletionTaskId })).toMatchObject({ Status: 'SUCCEEDED' });
  expect(await left(dayMs)).toEqual([DeletionTaskId]);
  advance(6 * dayMs);
  await expect(iam.GetServiceLinkedRoleDeletionStatus({ DeletionTaskId })).rejects.toMatchObject({
    code: 'NoSuchEntity',
  });
  expect(await left(7 * dayMs)).toEqual([]);
});
