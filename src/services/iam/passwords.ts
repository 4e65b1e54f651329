// Passwords as they are kept, and what the account demands of new ones.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html

import { scryptSync, timingSafeEqual } from 'node:crypto';
import { type AwsError, awsError } from '../../aws/errors.ts';
import type { Random } from '../../kernel/random.ts';
import type { PasswordPolicySpec } from './accounts.table.ts';

const keyBytes = 32;
/** About ten milliseconds: operations are synchronous, and everybody waits. */
const cost = 4096;

/** `salt:key` in hexadecimal. */
export function hashPassword(random: Random, password: string): string {
  const salt = Buffer.from(random.bytes(16));
  return `${salt.toString('hex')}:${scryptSync(password, salt, keyBytes, { cost }).toString('hex')}`;
}

export function isPassword(password: string, hash: string): boolean {
  const [salt = '', key = ''] = hash.split(':');
  const derived = scryptSync(password, Buffer.from(salt, 'hex'), keyBytes, { cost });
  return timingSafeEqual(derived, Buffer.from(key, 'hex'));
}

/** Of an account that has no policy of its own. */
const defaultLeastLength = 8;
const defaultLeastClasses = 3;

const classes = {
  upper: /[A-Z]/,
  lower: /[a-z]/,
  digit: /[0-9]/,
  symbol: /[!@#$%^&*()_+\-=[\]{}|']/,
} as const;

/** Throws when the account's policy does not admit the password. */
export function checkPassword(password: string, userName: string, policy: PasswordPolicySpec | undefined): void {
  if (!policy) {
    const found = Object.values(classes).filter((pattern) => pattern.test(password)).length;
    const isUserName = password.toLowerCase() === userName.toLowerCase();
    if (password.length < defaultLeastLength || found < defaultLeastClasses || isUserName) throw passwordRefused();
    return;
  }
  const { MinimumPasswordLength = 6 } = policy;
  if (password.length < MinimumPasswordLength) throw passwordRefused();
  const required = [
    policy.RequireUppercaseCharacters ? classes.upper : undefined,
    policy.RequireLowercaseCharacters ? classes.lower : undefined,
    policy.RequireNumbers ? classes.digit : undefined,
    policy.RequireSymbols ? classes.symbol : undefined,
  ];
  if (required.some((pattern) => pattern && !pattern.test(password))) throw passwordRefused();
}

export function passwordRefused(): AwsError {
  return awsError('PasswordPolicyViolation', 'Password does not conform to the account password policy.');
}
