// Writes src/generated/ec2.instance-types.json from what AWS answered. Run it with files, the newest first: of a
// type that several know, the first counts, and an older file adds the types and offerings that are missing since.
//
//   npx tsx tools/instance-types/main.ts FILE…
//
// A file is JSON, gzipped or not: the answer of `aws ec2 describe-instance-types`, or types by name; or the answer of
// `aws ec2 describe-instance-type-offerings --location-type availability-zone-id`, whole or its list alone, which is of
// the region that the file is named after: us-east-1.json. The committed facts are of the copies of such answers in the
// Python packages moto 5.2.5 and, for what AWS has withdrawn since, moto 5.0.20 (moto/ec2/resources).

import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type Answers, compactInstanceTypes, formatFacts, type TypeInfo, type ZoneOffering } from './compact.ts';

const output = fileURLToPath(new URL('../../src/generated/ec2.instance-types.json', import.meta.url));

// DescribeInstanceTypes answers for one account. Accounts opened before July 2025 have the first of these for free,
// later ones the others, which the answers name themselves.
const alsoFree: readonly string[] = ['t2.micro'];

function readJson(path: string): unknown {
  const bytes = readFileSync(path);
  return JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'));
}

function readAnswers(paths: readonly string[]): Answers {
  const types = new Map<string, TypeInfo>();
  const offered = new Map<string, ZoneOffering[][]>();
  for (const path of paths) {
    const answer = readJson(path) as Readonly<Record<string, unknown>>;
    const offerings = Array.isArray(answer) ? answer : answer['InstanceTypeOfferings'];
    const region = basename(path).split('.', 1)[0]!;
    if (Array.isArray(offerings)) offered.set(region, [...(offered.get(region) ?? []), offerings as ZoneOffering[]]);
    else
      for (const info of listTypes(answer))
        if (!types.has(info.InstanceType)) types.set(info.InstanceType, withCorrections(info));
  }
  return { types, offerings: mergeOfferings(offered) };
}

function listTypes(answer: Readonly<Record<string, unknown>>): readonly TypeInfo[] {
  return (answer['InstanceTypes'] ?? Object.values(answer)) as readonly TypeInfo[];
}

function withCorrections(info: TypeInfo): TypeInfo {
  return alsoFree.includes(info.InstanceType) ? { ...info, FreeTierEligible: true } : info;
}

/**
 * What any answer has of a region, in the zones that it still has: AWS seldom withdraws a type from a zone, while one
 * answer may lack types for a time (the newest had no t3 in me-central-1).
 */
function mergeOfferings(offered: ReadonlyMap<string, readonly ZoneOffering[][]>): Answers['offerings'] {
  return new Map(
    [...offered].map(([region, [newest = [], ...older]]) => {
      const zoneIds = new Set(newest.map(({ Location }) => Location));
      return [region, [...newest, ...older.flat().filter(({ Location }) => zoneIds.has(Location))]];
    }),
  );
}

const paths = process.argv.slice(2);
if (paths.length === 0) {
  console.error('usage: tsx tools/instance-types/main.ts FILE…');
  process.exit(2);
}
const answers = readAnswers(paths);
const facts = formatFacts(
  compactInstanceTypes('AWS: DescribeInstanceTypes and DescribeInstanceTypeOfferings', answers),
);
writeFileSync(output, facts);
console.log(`${answers.types.size} types in ${answers.offerings.size} regions: ${Math.ceil(facts.length / 1024)} KiB`);
