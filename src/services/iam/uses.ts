// Who used what last. The gateway tells of every request; a use that was written down a minute ago is not written again.

import type { Use } from '../../aws/authorize.ts';
import type { OperationContext } from '../../aws/operation.ts';
import type { Principal } from '../../aws/principal.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import type { Store } from '../../kernel/store.ts';
import type { SpecTable } from '../../kernel/table.ts';
import { keyUses, roleUses, type ServiceUseSpec, serviceUses } from './uses.table.ts';

const writtenEveryMs = 60_000;
const mostRemembered = 10_000;

const remembered = new WeakMap<Store, Map<string, TimestampMs>>();

export function recordUse(store: Store, use: Use): void {
  const { principal, service, action, nowMs } = use;
  const { accessKeyId } = principal;
  if (accessKeyId === undefined || !hasUses(principal)) return;
  const written = writtenOf(store);
  const key = `${accessKeyId} ${service} ${action}`;
  const lastMs = written.get(key);
  if (lastMs !== undefined && nowMs - lastMs < writtenEveryMs) return;
  if (written.size >= mostRemembered) written.clear();
  written.set(key, nowMs);
  write(store, use, accessKeyId);
}

/** Users, roles, and root by a key of its own: others have nowhere that their use is told. */
const hasUses = ({ kind, accessKeyId }: Principal): boolean =>
  kind === 'user' || kind === 'assumed-role' || (kind === 'root' && accessKeyId?.startsWith('AKIA') === true);

function writtenOf(store: Store): Map<string, TimestampMs> {
  let written = remembered.get(store);
  if (!written) {
    const fresh = new Map<string, TimestampMs>();
    // When everything was forgotten, so are the uses.
    store.subscribe((changes) => {
      if (changes.length === 0) fresh.clear();
    });
    remembered.set(store, fresh);
    written = fresh;
  }
  return written;
}

function write(store: Store, { principal, service, action, region, nowMs }: Use, accessKeyId: string): void {
  const { account, userId, arn, session } = principal;
  const scope = { account, region: '' };
  const use = { usedAtMs: nowMs, service, region };
  store.changeSpecs((transaction) => {
    if (!session) put(transaction.table(keyUses, scope), accessKeyId, use);
    if (session?.roleId !== undefined) put(transaction.table(roleUses, scope), session.roleId, use);
    const identityId = session?.roleId ?? userId;
    const identityArn = session?.roleArn ?? arn;
    const serviceUse: ServiceUseSpec = { ...use, action, identityId, identityArn };
    put(transaction.table(serviceUses, scope), `${identityId} ${service} ${action}`, serviceUse);
  });
}

/** Of a user or role that goes. */
export function forgetUses(ctx: OperationContext, identityId: string): void {
  ctx.table(roleUses).remove(identityId);
  for (const { id } of [...ctx.table(serviceUses).by('byIdentity', identityId)]) ctx.table(serviceUses).remove(id);
}

function put<Spec>(table: SpecTable<Spec, null>, id: string, spec: Spec): void {
  if (table.has(id)) table.update(id, () => spec);
  else table.insert(id, spec);
}
