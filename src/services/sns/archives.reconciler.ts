// Forgets what archives have kept long enough. A key is a topic that has an archive, and where it is.

import type { World } from '../../aws/service.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import { archivedId, archivedPublications } from './archive.table.ts';
import { archiveRetentionMs } from './archive.ts';
import { type TopicRow, topics } from './topics.table.ts';

const mostAtOnce = 1000;
const soonestMs = 1_000;
const latestMs = 3600_000;

export function createArchivesReconciler({ store, clock }: World): Reconciler {
  return {
    name: 'sns.archives',
    keys: () => [...store.listAll(topics)].filter(hasArchive).map(keyOf),
    wakes({ table, before, after }) {
      if (table !== topics.name || !after) return [];
      return policyOf(after) !== undefined && policyOf(after) !== policyOf(before) ? [keyOf(after)] : [];
    },
    async reconcile(key) {
      const [account = '', region = '', name = ''] = key.split(' ');
      const scope = { account, region };
      const policy = policyOf(store.read(topics, scope).get(name));
      if (policy === undefined) return undefined;
      const retentionMs = archiveRetentionMs(policy);
      const expired: string[] = [];
      let nextMs = clock.now() + retentionMs;
      for (const { id, spec } of store.read(archivedPublications, scope).list(archivedId(name, ''))) {
        if (spec.topicName !== name) break;
        nextMs = spec.publication.publishedAtMs + retentionMs;
        if (nextMs > clock.now() || expired.length === mostAtOnce) break;
        expired.push(id);
      }
      store.changeStatuses((transaction) => {
        for (const id of expired) transaction.table(archivedPublications, scope).remove(id);
      });
      if (expired.length === mostAtOnce) return 0;
      return Math.min(Math.max(nextMs - clock.now(), soonestMs), latestMs);
    },
  };
}

const policyOf = (row: unknown): string | undefined => (row as TopicRow | undefined)?.spec.attributes['ArchivePolicy'];

const hasArchive = (row: TopicRow): boolean => policyOf(row) !== undefined;

const keyOf = (row: unknown): string => {
  const { account, region, id } = row as TopicRow;
  return [account, region, id].join(' ');
};
