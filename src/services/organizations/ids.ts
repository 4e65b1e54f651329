// Identifiers and ARNs in Organizations' forms.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html#awsorganizations-resources-for-iam-policies

import { formatArn } from '../../aws/arn.ts';
import { pick, type Random, randomInteger } from '../../kernel/random.ts';

const characters = [...'abcdefghijklmnopqrstuvwxyz0123456789'];

const text = (random: Random, length: number): string =>
  Array.from({ length }, () => pick(random, characters)).join('');

export const newOrganizationId = (random: Random): string => `o-${text(random, 10)}`;
export const newRootId = (random: Random): string => `r-${text(random, 4)}`;
/** A unit's id has its root's in it. */
export const newUnitId = (random: Random, rootId: string): string => `ou-${rootId.slice(2)}-${text(random, 8)}`;
export const newPolicyId = (random: Random): string => `p-${text(random, 8)}`;
export const newHandshakeId = (random: Random): string => `h-${text(random, 32)}`;
export const newAccountRequestId = (random: Random): string => `car-${text(random, 32)}`;

/** Twelve digits, of which the first is no zero. */
export const newAccountId = (random: Random): string =>
  String(1 + randomInteger(random, 9)) + Array.from({ length: 11 }, () => randomInteger(random, 10)).join('');

export const organizationsArn = (account: string, resource: string): string =>
  formatArn({ service: 'organizations', region: '', account, resource });
