// Finding MFA devices by their serial numbers, and verifying their codes.

import { hash } from 'node:crypto';
import type { OperationContext } from '../../aws/operation.ts';
import { invalidAuthenticationCode, noSuchMfaDevice } from './iam.errors.ts';
import { type MfaDeviceRow, mfaDevices } from './mfa-devices.table.ts';
import { findStep, stepAt } from './totp.ts';

/** How far a device's clock may be off when it is used, enabled, and set right again, in steps of 30 seconds. */
const reachWhenUsed = 1;
const reachWhenEnabled = 10;
const reachWhenResynced = 240;

/** Markers are made of ids, and may have 320 characters; paths are longer at times. */
const longestKey = 200;

export const mfaDeviceKey = (serialNumber: string): string =>
  serialNumber.length <= longestKey ? serialNumber : hash('sha256', serialNumber, 'hex');

const getMfaDevice = (ctx: OperationContext, serialNumber: string): MfaDeviceRow | undefined =>
  ctx.table(mfaDevices).get(mfaDeviceKey(serialNumber));

export function requireMfaDevice(ctx: OperationContext, serialNumber: string): MfaDeviceRow {
  const row = getMfaDevice(ctx, serialNumber);
  if (!row) throw noSuchMfaDevice(serialNumber);
  return row;
}

/** Learns from two codes in a row how far the device's clock is off; throws when they are not its. */
export function synchronize(
  ctx: OperationContext,
  { spec }: MfaDeviceRow,
  codes: readonly [string, string],
  isEnabled: boolean,
): { readonly driftSteps: number; readonly lastStep: number } {
  const now = stepAt(ctx.nowMs);
  // The second code is the present one.
  const first = findStep(spec.seed, codes, now - 1, isEnabled ? reachWhenResynced : reachWhenEnabled);
  if (first === undefined) throw invalidAuthenticationCode();
  return { driftSteps: first + 1 - now, lastStep: first + 1 };
}

/**
 * Whether `code` is what the device of `ownerId` (a user's id, or the account for root) shows now. A code that was used is
 * used up, as the row remembers.
 */
export function verifyMfa(ctx: OperationContext, ownerId: string, serialNumber: string, code: string): boolean {
  const row = getMfaDevice(ctx, serialNumber);
  if (!row || row.spec.ownerId !== ownerId) return false;
  const { seed, driftSteps, lastStep } = row.spec;
  const step = findStep(seed, [code], stepAt(ctx.nowMs) + driftSteps, reachWhenUsed);
  if (step === undefined || step <= lastStep) return false;
  ctx.table(mfaDevices).update(row.id, (spec) => ({ ...spec, lastStep: step, driftSteps: step - stepAt(ctx.nowMs) }));
  return true;
}
