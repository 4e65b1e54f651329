// Prints vitest's results as one plain line, and fails when they are not what they should be.
//
//   node tools/count-tests.mjs results.json EXIT_CODE_OF_VITEST

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** `passed`, `failed` and `skipped` of a report as vitest's json reporter writes it. */
export function countTests({ testResults = [] }) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { status, assertionResults = [] } of testResults) {
    for (const test of assertionResults) {
      if (test.status === 'passed') counts.passed += 1;
      else if (test.status === 'failed') counts.failed += 1;
      else counts.skipped += 1;
    }
    // A file that could not be loaded, or whose hooks failed, may have no failed test of its own.
    const hasFailed = assertionResults.some((test) => test.status === 'failed');
    if (status === 'failed' && !hasFailed) counts.failed += 1;
  }
  return counts;
}

function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {}; // vitest ended before it could write
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , path, exitCode] = process.argv;
  const counts = countTests(read(path));
  // An error outside every test, or no results at all.
  if (exitCode !== '0' && counts.failed === 0) counts.failed = 1;
  if (counts.passed === 0 && counts.failed === 0) counts.failed = 1;
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
}
