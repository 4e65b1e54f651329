// Finds key pairs for operations, with AWS's errors for names and ids that are unknown.

import { type AwsError, awsError } from '../../aws/errors.ts';
import type { OperationContext } from '../../aws/operation.ts';
import type { Row } from '../../kernel/table.ts';
import { type KeyPairSpec, keyPairs } from './key-pairs.table.ts';

export type KeyPairRow = Row<KeyPairSpec, null>;

export function findKeyPair(ctx: OperationContext, keyName: string): KeyPairRow | undefined {
  const [row] = ctx.table(keyPairs).by('byName', keyName);
  return row;
}

export function requireKeyPair(ctx: OperationContext, keyName: string): KeyPairSpec {
  const row = findKeyPair(ctx, keyName);
  if (!row) throw keyPairsNotFound([keyName]);
  return row.spec;
}

export function keyPairsNotFound(keyNames: readonly string[]): AwsError {
  return awsError(
    'InvalidKeyPair.NotFound',
    keyNames.length === 1
      ? `The key pair '${keyNames[0]}' does not exist`
      : `The key pairs '${keyNames.join(', ')}' do not exist`,
  );
}
