// Text messages: settings, numbers that opted out (no phone ever sends a message here: they do by LocalStack's path, see
// front.ts), and the sandbox's numbers, whose one-time passwords are kept where all text messages are.

import { type AwsError, awsError } from '../../aws/errors.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { SnsApi } from '../../generated/sns.types.ts';
import { newUuid } from '../../kernel/ids.ts';
import { randomInteger } from '../../kernel/random.ts';
import { outbox, outboxId } from './outbox.table.ts';
import { pageOf } from './pages.ts';
import { optedOutNumbers, optOutScope, sandboxNumbers, smsSettings } from './sms.table.ts';
import { invalidParameter, invalidSetting, resourceDoesNotExist } from './sns.errors.ts';

export const smsOperations = {
  SetSMSAttributes(ctx, { attributes }) {
    checkSmsAttributes(attributes);
    const table = ctx.table(smsSettings);
    if (!table.has('current')) table.insert('current', { attributes: {} });
    table.update('current', (spec) => ({ attributes: { ...spec.attributes, ...attributes } }));
    return {};
  },

  GetSMSAttributes(ctx, { attributes: names }) {
    const all = { MonthlySpendLimit: '1', ...ctx.table(smsSettings).get('current')?.spec.attributes };
    const wanted = Object.entries(all).filter(([name]) => !names?.length || names.includes(name));
    return { attributes: Object.fromEntries(wanted) };
  },

  CheckIfPhoneNumberIsOptedOut(ctx, { phoneNumber }) {
    checkNumber(phoneNumber);
    return { isOptedOut: ctx.tableIn(optedOutNumbers, optOutScope(ctx)).has(phoneNumber) };
  },

  ListPhoneNumbersOptedOut(ctx, { nextToken: token }) {
    const { rows, nextToken } = pageOf(ctx, 'ListPhoneNumbersOptedOut', token, (afterId) =>
      ctx.tableIn(optedOutNumbers, optOutScope(ctx)).list(afterId),
    );
    return { phoneNumbers: rows.map(({ id }) => id), ...(nextToken !== undefined && { nextToken }) };
  },

  OptInPhoneNumber(ctx, { phoneNumber }) {
    checkNumber(phoneNumber);
    ctx.tableIn(optedOutNumbers, optOutScope(ctx)).remove(phoneNumber);
    return {};
  },

  ListOriginationNumbers() {
    return { PhoneNumbers: [] };
  },

  GetSMSSandboxAccountStatus() {
    return { IsInSandbox: false };
  },

  CreateSMSSandboxPhoneNumber(ctx, { PhoneNumber }) {
    checkNumber(PhoneNumber);
    const known = ctx.table(sandboxNumbers).get(PhoneNumber);
    if (known?.spec.isVerified) return {};
    if (known) ctx.table(sandboxNumbers).remove(PhoneNumber);
    const oneTimePassword = String(randomInteger(ctx.random, 1_000_000)).padStart(6, '0');
    ctx.table(sandboxNumbers).insert(PhoneNumber, { oneTimePassword, isVerified: false });
    const messageId = newUuid(ctx.random);
    const message = `Your verification code is ${oneTimePassword}`;
    ctx.table(outbox).insert(outboxId(ctx.nowMs, messageId), { kind: 'sms', to: PhoneNumber, messageId, message });
    return {};
  },

  VerifySMSSandboxPhoneNumber(ctx, { PhoneNumber, OneTimePassword }) {
    const { spec } = requireSandboxNumber(ctx, PhoneNumber);
    if (spec.oneTimePassword !== OneTimePassword) throw verificationFailed();
    ctx.table(sandboxNumbers).update(PhoneNumber, (before) => ({ ...before, isVerified: true }));
    return {};
  },

  DeleteSMSSandboxPhoneNumber(ctx, { PhoneNumber }) {
    requireSandboxNumber(ctx, PhoneNumber);
    ctx.table(sandboxNumbers).remove(PhoneNumber);
    return {};
  },

  ListSMSSandboxPhoneNumbers(ctx, { NextToken }) {
    const { rows, nextToken } = pageOf(ctx, 'ListSMSSandboxPhoneNumbers', NextToken, (afterId) =>
      ctx.table(sandboxNumbers).list(afterId),
    );
    return {
      PhoneNumbers: rows.map(({ id, spec }) => ({
        PhoneNumber: id,
        Status: spec.isVerified ? ('Verified' as const) : ('Pending' as const),
      })),
      ...(nextToken !== undefined && { NextToken: nextToken }),
    };
  },
} satisfies Operations<SnsApi>;

function checkNumber(number: string): void {
  if (!/^\+?[\d\s().-]{4,30}$/.test(number)) throw invalidParameter('PhoneNumber Reason: input incorrectly formatted');
}

const settings: readonly string[] = [
  'DefaultSMSType',
  'DefaultSenderID',
  'DeliveryStatusIAMRole',
  'DeliveryStatusSuccessSamplingRate',
  'MonthlySpendLimit',
  'UsageReportS3Bucket',
];

function checkSmsAttributes(attributes: Readonly<Record<string, string>>): void {
  const unknown = Object.keys(attributes).find((name) => !settings.includes(name));
  if (unknown !== undefined) throw invalidSetting(`${unknown} is not a valid attribute`);
  const { DefaultSMSType: type, DefaultSenderID: sender } = attributes;
  if (type !== undefined && type !== 'Promotional' && type !== 'Transactional')
    throw invalidSetting('DefaultSMSType is invalid');
  if (sender !== undefined && !/^(?=.*[A-Za-z])[A-Za-z0-9]{1,11}$/.test(sender))
    throw invalidSetting('DefaultSenderID is invalid');
}

function requireSandboxNumber(ctx: OperationContext, number: string) {
  const row = ctx.table(sandboxNumbers).get(number);
  if (!row) throw resourceDoesNotExist();
  return row;
}

const verificationFailed = (): AwsError =>
  awsError('VerificationException', 'The one-time password is not correct.', 400, { Status: 'Pending' });
