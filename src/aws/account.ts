// Which account an access key belongs to when no identity service knows it: a key of twelve digits is an account's
// number, as users of emulators expect, and every other key belongs to the default account.

export const defaultAccount = '000000000000';

export const defaultRegion = 'us-east-1';

/** The secret that goes with `test` and with twelve-digit keys. Checked with `--auth=strict` only. */
export const wellKnownSecret = 'test';

export function accountOfUnknownKey(accessKeyId: string): string {
  return /^\d{12}$/.test(accessKeyId) ? accessKeyId : defaultAccount;
}

export function isWellKnownKey(accessKeyId: string): boolean {
  return accessKeyId === 'test' || /^\d{12}$/.test(accessKeyId);
}
