// Policies that AWS keeps for everybody, each in its default version. The facts are read on first use: most clouds never
// ask for one. tools/managed-policies/ writes them.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import type { TimestampMs } from '../../kernel/clock.ts';

export interface ManagedPolicyFacts {
  /** Where they are from. */
  readonly source: string;
  /** By `path/name` without the leading slash, ascending. */
  readonly policies: Readonly<Record<string, ManagedPolicyFact>>;
}

export type ManagedPolicyFact = readonly [
  defaultVersionId: string,
  createdAtMs: TimestampMs,
  updatedAtMs: TimestampMs,
  document: string,
];

export interface AwsManagedPolicy {
  readonly arn: string;
  readonly name: string;
  readonly path: string;
  readonly policyId: string;
  readonly defaultVersionId: string;
  readonly createdAtMs: TimestampMs;
  readonly updatedAtMs: TimestampMs;
  readonly document: string;
}

let loaded: ReadonlyMap<string, AwsManagedPolicy> | undefined;

/** By ARN, in the order of their paths and names. */
export function awsManagedPolicies(): ReadonlyMap<string, AwsManagedPolicy> {
  if (!loaded) {
    const facts = JSON.parse(brotliDecompressSync(readFileSync(findFacts())).toString('utf8')) as ManagedPolicyFacts;
    loaded = new Map(
      Object.entries(facts.policies).map(([place, fact]) => {
        const policy = managedPolicy(place, fact);
        return [policy.arn, policy];
      }),
    );
  }
  return loaded;
}

const isAwsManaged = (arn: string): boolean => /^arn:[a-z-]+:iam::aws:policy\//.test(arn);

/** In whichever partition the ARN is: the policies are the same. */
export function getAwsManagedPolicy(arn: string): AwsManagedPolicy | undefined {
  if (!isAwsManaged(arn)) return undefined;
  return awsManagedPolicies().get(arn.replace(/^arn:[a-z-]+:/, 'arn:aws:'));
}

function managedPolicy(
  place: string,
  [defaultVersionId, createdAtMs, updatedAtMs, document]: ManagedPolicyFact,
): AwsManagedPolicy {
  const arn = `arn:aws:iam::aws:policy/${place}`;
  const slash = place.lastIndexOf('/');
  return {
    arn,
    name: place.slice(slash + 1),
    path: `/${place.slice(0, slash + 1)}`,
    policyId: policyIdOf(arn),
    defaultVersionId,
    createdAtMs,
    updatedAtMs,
    document,
  };
}

const idCharacters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** AWS's own ids of them are in no public list; these are ours, and stay the same. */
function policyIdOf(arn: string): string {
  const digest = createHash('sha256').update(arn).digest().subarray(0, 17);
  return `ANPA${Array.from(digest, (byte) => idCharacters[byte & 31]).join('')}`;
}

/** In a checkout the facts are in src/generated; beside a bundle in dist/generated. */
function findFacts(): URL {
  const candidates = ['../../generated/', './generated/'].map(
    (path) => new URL(`${path}iam.managed-policies.json.br`, import.meta.url),
  );
  const found = candidates.find((url) => existsSync(url));
  if (!found) throw new Error(`the managed policies are in none of ${candidates.join(', ')}`);
  return found;
}
