// Whether a principal may carry out an operation: the gateway's question before any operation runs. What the operation
// needs stands in its service's table; who brings which policies is IAM's to know; `decide` is AWS's decision order.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html

import type { TimestampMs } from '../kernel/clock.ts';
import type { Random } from '../kernel/random.ts';
import type { Store } from '../kernel/store.ts';
import { accessDenied, denialMessage } from './access-denied.ts';
import { Admissions, SourceConditions } from './admissions.ts';
import type { AuthMode } from './authenticate.ts';
import { type KeyValue, nothingToAsk, type ResourceFacts, type ResourceRef, type Tags } from './authorization.ts';
import { sealAuthorizationMessage } from './authorization-message.ts';
import { createPlans, type PlannedAccess } from './authorization-plan.ts';
import { type AwsError, awsError } from './errors.ts';
import type { OperationModel } from './model.ts';
import type { AdmittedCall, RequestContext } from './operation.ts';
import { type AccessQuestion, type Decision, decide, type PrincipalPolicies } from './policies/decision.ts';
import { explain } from './policies/explain.ts';
import type { ConditionValues } from './policies/patterns.ts';
import type { Principal } from './principal.ts';
import { type ConditionFacts, globalKeyNames, RequestConditions, tagOf } from './request-conditions.ts';
import { createResourcePolicies, type FoundPolicy } from './resource-policies.ts';
import type { Service } from './service.ts';

/** What IAM knows of principals. */
export interface Identities {
  /** Undefined for a principal that is gone, though its temporary keys have not expired. */
  policiesOf(rows: Store, principal: Principal): PrincipalPolicies | undefined;
  /** Told of every request, refused ones included: keys and roles remember when they were used last. */
  recordUse(rows: Store, use: Use): void;
}

export interface Use {
  readonly principal: Principal;
  /** As it is signed for: `s3`. */
  readonly service: string;
  /** `GetObject` */
  readonly action: string;
  readonly region: string;
  readonly nowMs: TimestampMs;
}

export interface Authorizer {
  /** Undefined for a principal that is gone. */
  policiesOf(principal: Principal): PrincipalPolicies | undefined;
  recordUse(operation: OperationModel, context: RequestContext): void;
  /** Throws the service's own error when the principal may not. */
  authorize(service: Service, operation: OperationModel, context: RequestContext, input: unknown): void;
  /** The same for what a service delivers to a resource. The context is made when a policy has to be asked. */
  admit(service: Service, operation: OperationModel, call: AdmittedCall, contextOf: ContextOf): void;
}

export type ContextOf = (call: AdmittedCall) => RequestContext;

export interface AuthorizerOptions {
  readonly store: Store;
  readonly random: Random;
  readonly auth: AuthMode;
  readonly identities: Identities;
}

/** One access that a request needs, to one resource or, when it knows none, to `*`. */
interface Asked {
  readonly service: Service;
  readonly operation: OperationModel;
  readonly context: RequestContext;
  readonly input: never;
  readonly access: PlannedAccess;
  readonly ref: ResourceRef | undefined;
}

/** Of those that no policies of identities speak of: services, guests, strangers. */
export const noPolicies: PrincipalPolicies = { identity: [] };

const anything: readonly [undefined] = [undefined];

const nothingKnown: ResourceFacts = { tags: {}, key: () => undefined };

export function createAuthorizer({ store, random, auth, identities }: AuthorizerOptions): Authorizer {
  const plans = createPlans();
  const resourcePolicies = createResourcePolicies(store);
  const admissions = new Admissions();

  function authorize(service: Service, operation: OperationModel, context: RequestContext, input: unknown): void {
    const { principal } = context;
    if (principal.session && service.refusesSession?.(principal, operation.name)) throw invalidToken();
    if (!isAsked(principal) && !(principal.kind === 'anonymous' && service.judgesStrangers)) return;
    for (const access of plans.of(service, operation).accesses) {
      if (access.when && !access.when(input as never, context)) continue;
      const refs = access.resource?.of(input as never, context, store) ?? anything;
      // An input that the rule cannot read must not pass unasked.
      for (const ref of refs.length > 0 || refs === nothingToAsk ? refs : anything)
        judge({ service, operation, context, input: input as never, access, ref });
    }
  }

  function admit(service: Service, operation: OperationModel, call: AdmittedCall, contextOf: ContextOf): void {
    const { principal, receiver } = call;
    if (!isAsked(principal)) return;
    const found = resourcePolicies.of(service.resourcePolicies, receiver);
    if (found === undefined || isFreeDelivery(principal, receiver, found)) return;
    for (const access of plans.of(service, operation).accesses) {
      if (admissions.has(found, access.action, principal)) continue;
      const context = contextOf(call);
      const input = call.input as never;
      if (access.when && !access.when(input, context)) continue;
      const asked: Asked = { service, operation, context, input, access, ref: receiver };
      const conditions = new SourceConditions(conditionsOf(asked));
      judge(asked, conditions);
      if (conditions.isSourceAlone) admissions.add(found, access.action, principal);
    }
  }

  const conditionsOf = (asked: Asked) => new RequestConditions(new AskedFacts(asked, store));

  function judge(asked: Asked, conditions?: ConditionValues): void {
    const { service, context, access, ref } = asked;
    const found = ref && resourcePolicies.of(service.resourcePolicies, ref);
    const resource = ref?.arn ?? '*';
    if (isFree(context, ref, found)) {
      context.accesses.push({ action: access.action, resource, decision: undefined });
      return;
    }
    const question: AccessQuestion = {
      principal: context.principal,
      action: access.action,
      resource,
      resourceAccount: ref?.account,
      context: conditions ?? conditionsOf(asked),
    };
    const decision = decide(question, context.policies, found?.named);
    // What an organization denies, it denies to root, too.
    const isByResource = decision.effect === 'deny' && decision.decidedBy === 'resource-based';
    const isMending =
      isByResource &&
      isOwnRoot(context, ref) &&
      isWithinSession(decision) &&
      service.resourcePolicies?.ownersRootMay.includes(access.action) === true;
    const isAllowed = decision.effect === 'allow' || isMending;
    const { action } = access;
    if (isAllowed) {
      context.accesses.push({ action, resource, decision: isMending ? undefined : decision });
      return;
    }
    const reports = explain(question, context.policies, { policy: found?.named });
    context.accesses.push({ action, resource, decision, reports });
    throw denial(asked, question, decision);
  }

  /** What needs no looking at: the root of an account at home, where nothing limits it. */
  function isFree(context: RequestContext, ref: ResourceRef | undefined, found: FoundPolicy | undefined): boolean {
    const { principal, policies } = context;
    if (isOwnRoot(context, ref)) {
      const isNamed = found?.named !== undefined && !found.isDefault;
      return !isNamed && policies.serviceControl === undefined && policies.session === undefined;
    }
    return isFreeDelivery(principal, ref, found);
  }

  function isFreeDelivery(principal: Principal, ref: ResourceRef | undefined, found: FoundPolicy | undefined): boolean {
    if (!principal.source) return false;
    // A delivery to what is not there is told so by the operation.
    if (found === undefined) return true;
    // Users of emulators expect what a topic or a bucket sends to arrive, without a policy that lets it in.
    const isNeighbour = principal.source.account === ref?.account;
    return isNeighbour && auth === 'lenient' && (found.named === undefined || found.isDefault);
  }

  function denial({ service, operation, access }: Asked, question: AccessQuestion, decision: Decision): AwsError {
    const { principal, action, resource, context } = question;
    const message = denialMessage({ principal, action, resource, decision });
    if (!service.accessDenied) return accessDenied(operation.service, message);
    return service.accessDenied(message, () => {
      const keys = [...globalKeyNames, ...access.inputKeys.keys(), ...access.resourceKeys.keys()];
      const conditions = keys.flatMap((key) => {
        const values = context.get(key);
        return values ? [{ key, values }] : [];
      });
      return sealAuthorizationMessage(store, random, { principal, action, resource, decision, conditions });
    });
  }

  return {
    authorize,
    admit,
    recordUse({ service, name }, { principal, region, nowMs }) {
      identities.recordUse(store, { principal, service: service.signingName, action: name, region, nowMs });
    },
    policiesOf: (principal) => (isIdentity(principal) ? identities.policiesOf(store, principal) : noPolicies),
  };
}

/** What conditions may ask about one access. A class, because there is one for every request. */
class AskedFacts implements ConditionFacts {
  readonly principal: Principal;
  readonly principalTags: Tags | undefined;
  readonly organizationOf: PrincipalPolicies['organizationOf'];
  readonly nowMs: TimestampMs;
  readonly region: string;
  readonly request: RequestContext['request'];
  readonly resourceAccount: string;
  readonly #asked: Asked;
  readonly #store: Store;
  #resource: ResourceFacts | undefined;

  constructor(asked: Asked, store: Store) {
    const { context, ref } = asked;
    this.principal = context.principal;
    this.principalTags = context.policies.tags;
    this.organizationOf = context.policies.organizationOf;
    this.nowMs = context.nowMs;
    this.region = context.region;
    this.request = context.request;
    this.resourceAccount = ref?.account ?? context.account;
    this.#asked = asked;
    this.#store = store;
  }

  resourceTags(): Tags {
    return this.#resourceFacts().tags;
  }

  requestTags(): Tags | undefined {
    return this.#asked.access.requestTags?.(this.#asked.input);
  }

  tagKeys(): readonly string[] | undefined {
    return this.#asked.access.tagKeys?.(this.#asked.input);
  }

  own(key: string): KeyValue {
    const { access, input, context, ref } = this.#asked;
    const ofInput = access.inputKeys.get(key);
    if (ofInput) return ofInput(input, context, ref, this.#store);
    const ofResource = access.resourceKeys.get(key);
    if (ofResource !== undefined) return this.#resourceFacts().key(ofResource);
    const { tagFamily } = access;
    return key.startsWith(tagFamily) ? tagOf(this.resourceTags(), key.slice(tagFamily.length)) : undefined;
  }

  /** Read once, when it is asked for. */
  #resourceFacts(): ResourceFacts {
    const { access, context, ref } = this.#asked;
    this.#resource ??= (ref && access.resource?.factsOf(ref, context, this.#store)) ?? nothingKnown;
    return this.#resource;
  }
}

/** What a policy of a resource denies to root, root may still mend, unless its session is for another task: those deny. */
export const isWithinSession = ({ verdicts }: Decision): boolean => verdicts.session !== 'explicitDeny';

const invalidToken = (): AwsError =>
  awsError('InvalidClientTokenId', 'The security token included in the request is invalid.', 403);

const isIdentity = ({ kind }: Principal): boolean => kind !== 'service' && kind !== 'guest' && kind !== 'anonymous';

/** A service that acts by itself, and a guest that acts on itself, ask nobody; strangers are mostly let in by operations. */
const isAsked = (principal: Principal): boolean => isIdentity(principal) || principal.source !== undefined;

function isOwnRoot({ principal, account }: RequestContext, ref: ResourceRef | undefined): boolean {
  return principal.kind === 'root' && principal.account === (ref?.account ?? account);
}
