// An operation's entry in its service's table, prepared once: names with their prefix, condition keys in lower case.

import type { Access, AccessKeys, Authorization, KeyReader, ResourceRule } from './authorization.ts';
import { isAlwaysAllowed, isDecidedWithin, onAll } from './authorization.ts';
import type { OperationModel } from './model.ts';
import type { Service } from './service.ts';

export interface PlannedAccess extends Omit<AccessKeys<never>, 'keys'> {
  readonly action: string;
  readonly resource: ResourceRule<never> | undefined;
  readonly when: Access<never>['when'];
  /** What the input says, by the key in lower case. */
  readonly inputKeys: ReadonlyMap<string, KeyReader<never>>;
  /** Keys of the resource: as its rule names them, by the key in lower case. */
  readonly resourceKeys: ReadonlyMap<string, string>;
  /** `ec2:resourcetag/` */
  readonly tagFamily: string;
}

export interface AuthorizationPlan {
  /** Empty for what everybody may; what is decided inside the operation is not here either. */
  readonly accesses: readonly PlannedAccess[];
}

const nothingToAsk: AuthorizationPlan = { accesses: [] };

export interface Plans {
  of(service: Service, operation: OperationModel): AuthorizationPlan;
}

export function createPlans(): Plans {
  const plans = new Map<OperationModel, AuthorizationPlan>();
  return {
    of(service, operation) {
      let plan = plans.get(operation);
      if (!plan) {
        plan = planOf(service, operation);
        plans.set(operation, plan);
      }
      return plan;
    },
  };
}

/** What actions are called before the colon: mostly as the service signs. */
export function actionPrefixOf(service: Pick<Service, 'actionPrefix'>, { service: model }: OperationModel): string {
  return service.actionPrefix ?? model.signingName;
}

function planOf(service: Service, operation: OperationModel): AuthorizationPlan {
  const authorization: Authorization<never> = service.authorization?.[operation.name] ?? onAll;
  if (isAlwaysAllowed(authorization)) return nothingToAsk;
  const accesses = isDecidedWithin(authorization) ? (authorization.also ?? []) : authorization;
  const prefix = actionPrefixOf(service, operation);
  return { accesses: accesses.map((access) => planAccess(access, prefix, operation.name)) };
}

function planAccess(access: Access<never>, prefix: string, operationName: string): PlannedAccess {
  const { action = `${prefix}:${operationName}`, resource, when, keys = {}, ...given } = access;
  return {
    ...given,
    action,
    resource,
    when,
    inputKeys: new Map(Object.entries(keys).map(([name, value]) => [name.toLowerCase(), value])),
    resourceKeys: new Map(resource?.keyNames.map((name) => [name.toLowerCase(), name])),
    tagFamily: `${prefix}:resourcetag/`,
  };
}
