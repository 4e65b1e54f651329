// EC2 tells why it refused in a message that only those may read who are allowed to: sealed with a key of this cloud's
// own, and opened by sts:DecodeAuthorizationMessage.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html

import { createCipheriv, createDecipheriv } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Random } from '../kernel/random.ts';
import type { Store } from '../kernel/store.ts';
import { defineSpecTable } from '../kernel/table.ts';
import type { Decision } from './policies/decision.ts';
import type { Principal } from './principal.ts';

export interface AuthorizationFacts {
  readonly principal: Principal;
  readonly action: string;
  readonly resource: string;
  readonly decision: Decision;
  readonly conditions: readonly { readonly key: string; readonly values: readonly string[] }[];
}

interface SealedWith {
  /** 32 bytes in base64. */
  readonly key: string;
}

const sealingKeys = defineSpecTable<SealedWith>({ name: 'aws.authorizationMessageKeys', isGlobal: true });
const wholeCloud = { account: '', region: '' };
const theKey = 'current';

const ivBytes = 12;
const tagBytes = 16;

export function sealAuthorizationMessage(store: Store, random: Random, facts: AuthorizationFacts): string {
  const key = Buffer.from(
    store.read(sealingKeys, wholeCloud).get(theKey)?.spec.key ?? makeKey(store, random),
    'base64',
  );
  const iv = Buffer.from(random.bytes(ivBytes));
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const text = deflateRawSync(JSON.stringify(describe(facts)));
  return Buffer.concat([iv, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

function makeKey(store: Store, random: Random): string {
  const key = Buffer.from(random.bytes(32)).toString('base64');
  store.changeSpecs((transaction) => transaction.table(sealingKeys, wholeCloud).insert(theKey, { key }));
  return key;
}

/** The JSON that was sealed; undefined for what this cloud did not seal. */
export function openAuthorizationMessage(rows: Pick<Store, 'find'>, message: string): string | undefined {
  const key = rows.find(sealingKeys, theKey)?.spec.key;
  const sealed = Buffer.from(message, 'base64url');
  if (key === undefined || sealed.length <= ivBytes + tagBytes) return undefined;
  try {
    const cipher = createDecipheriv('aes-256-gcm', Buffer.from(key, 'base64'), sealed.subarray(0, ivBytes));
    cipher.setAuthTag(sealed.subarray(-tagBytes));
    const text = Buffer.concat([cipher.update(sealed.subarray(ivBytes, -tagBytes)), cipher.final()]);
    return inflateRawSync(text).toString();
  } catch {
    // A message that was tampered with, or is of another cloud's.
    return undefined;
  }
}

const items = <T>(list: readonly T[]) => ({ items: list });

function describe({ principal, action, resource, decision, conditions }: AuthorizationFacts): object {
  return {
    allowed: false,
    explicitDeny: decision.isExplicit,
    matchedStatements: items(
      decision.statements.map(({ source, statement: { statement } }) => ({
        statementId: statement.sid ?? '',
        effect: statement.effect.toUpperCase(),
        policyId: source.arn,
      })),
    ),
    failures: items([]),
    context: {
      principal: {
        id: principal.userId,
        name: principal.arn.slice(principal.arn.lastIndexOf('/') + 1),
        arn: principal.arn,
      },
      action,
      resource,
      conditions: items(
        conditions.map(({ key, values }) => ({ key, values: items(values.map((value) => ({ value }))) })),
      ),
    },
  };
}
