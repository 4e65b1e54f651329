// Deletes what has expired at once, for tests that do not want to wait: DELETE /_aws/dynamodb/expired, LocalStack's path.
// Of every account and region, as there.

import { inspectionAnswer, inspectionRefused, nothingThere } from '../../aws/inspection.ts';
import type { GatewayRequest, GatewayResponse } from '../../aws/request.ts';
import type { Front, FrontWorld } from '../../aws/service.ts';
import { deleteExpired } from './expired-items.ts';
import { layoutOf } from './table-layout.ts';
import { tables } from './tables.table.ts';

const path = '/_aws/dynamodb/expired';

export function createFront(world: FrontWorld): Front {
  return (request, next) => (request.path === path ? answer(world, request) : next(request));
}

async function answer(world: FrontWorld, request: GatewayRequest): Promise<GatewayResponse> {
  if (!world.mayInspect(request)) return inspectionRefused();
  if (request.method !== 'DELETE') return nothingThere(request);
  return inspectionAnswer({ ExpiredItems: await deleteAllExpired(world) });
}

async function deleteAllExpired({ store, clock, drivers }: FrontWorld): Promise<number> {
  const rows = [...store.listAll(tables)].filter(({ spec }) => spec.timeToLive && !spec.isDeleting);
  const counts = await Promise.all(rows.map((row) => deleteExpired(drivers.items, layoutOf(row), clock.now())));
  return counts.reduce((sum, count) => sum + count, 0);
}
