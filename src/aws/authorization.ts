// What the operations of a service need to be allowed: for each of them its actions, the resources that its input names
// and the condition keys that it brings, as AWS's service authorization reference has them. One table a service, beside
// it: `x.authorization.ts`. A tidy test holds the tables against AWS's.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html

import type { Store } from '../kernel/store.ts';
import type { RequestContext } from './operation.ts';
import type { ResourceRef } from './resource-ref.ts';

export type { ResourceRef };

/** Where facts about resources are read from: what is committed. */
export type Rows = Pick<Store, 'read' | 'find' | 'listAll'>;

export type Tags = Readonly<Record<string, string>>;

export type KeyValue = string | number | boolean | readonly string[] | undefined;

/** By the condition key as AWS writes it: `sns:Protocol`. */
export type KeysOf<Subject> = Readonly<Record<string, KeyReader<Subject>>>;

/** `ref` is the resource that is asked about, where the action knows one. */
export type KeyReader<Subject> = (
  subject: Subject,
  ctx: RequestContext,
  ref: ResourceRef | undefined,
  rows: Rows,
) => KeyValue;

/** A kind of resource, how inputs name one, and what conditions may ask of it. Made by `resource`. */
export interface ResourceRule<Input> {
  /** In AWS's word: `queue`. Several, when an input may name one of several kinds. */
  readonly types: readonly string[];
  readonly keyNames: readonly string[];
  /** What it finds no resource in is asked on `*`, unless it says `nothingToAsk`. */
  of(input: Input, ctx: RequestContext, rows: Rows): readonly ResourceRef[];
  factsOf(ref: ResourceRef, ctx: RequestContext, rows: Rows): ResourceFacts;
}

export interface ResourceFacts {
  /** For `aws:ResourceTag/…`, and the service's own form of it. */
  readonly tags: Tags;
  key(name: string): KeyValue;
}

export interface ResourceOptions<Input, Found> {
  readonly type: string | readonly string[];
  of(input: Input, ctx: RequestContext, rows: Rows): readonly ResourceRef[];
  /** Reads the resource, when a condition asks. */
  readonly find?: (ref: ResourceRef, rows: Rows) => Found | undefined;
  readonly tags?: (found: Found, ref: ResourceRef, rows: Rows) => Tags;
  readonly keys?: KeysOf<Found>;
}

/** The input needs no permission of this kind, and that is known: a list that is empty for another reason is no such thing. */
export const nothingToAsk: readonly ResourceRef[] = Object.freeze([]);

const noTags: Tags = {};
const noFacts: ResourceFacts = { tags: noTags, key: () => undefined };

export function resource<Input, Found>(options: ResourceOptions<Input, Found>): ResourceRule<Input> {
  const { type, find, tags, keys = {} } = options;
  return {
    types: typeof type === 'string' ? [type] : type,
    keyNames: Object.keys(keys),
    of: options.of,
    factsOf(ref, ctx, rows) {
      const found = find?.(ref, rows);
      if (found === undefined) return noFacts;
      return { tags: tags?.(found, ref, rows) ?? noTags, key: (name) => keys[name]?.(found, ctx, ref, rows) };
    },
  };
}

/** What a request brings along for conditions. */
export interface AccessKeys<Input> {
  readonly keys?: KeysOf<Input>;
  /** `aws:RequestTag/…` and `aws:TagKeys`. */
  readonly requestTags?: (input: Input) => Tags | undefined;
  /** `aws:TagKeys` alone, where tags are taken away. */
  readonly tagKeys?: (input: Input) => readonly string[] | undefined;
}

/** An action on resources. An operation may need several of them. */
export interface Access<Input> extends AccessKeys<Input> {
  /** `sqs:SendMessage`; by default the operation's own name. */
  readonly action?: string;
  /** Absent: the action knows no resources, and policies allow it on `*`. */
  readonly resource?: ResourceRule<Input>;
  /** Whether this input needs it. */
  readonly when?: (input: Input, ctx: RequestContext) => boolean;
}

/** Whoever is authenticated may: AWS has no permission for it, or lets none take it away. */
export interface AlwaysAllowed {
  readonly always: string;
}

/** Decided inside the operation, which finds out only there what it is about. Names the actions that it asks for. */
export interface DecidedWithin {
  readonly within: readonly string[];
  /** What can be told beforehand. */
  readonly also?: readonly Access<never>[];
}

export type Authorization<Input> = readonly Access<Input>[] | AlwaysAllowed | DecidedWithin;

type InputOf<Operation> = Operation extends { readonly input: infer Value } ? Value : never;

/** A part of a service's table, to be used with `satisfies`: `Authorizations<SqsApi>`. */
export type Authorizations<Api> = { readonly [Name in keyof Api]?: Authorization<InputOf<Api[Name]>> };

/** As the manifest lists it: the model's types are checked where the table is written. */
export type AnyAuthorizations = Readonly<Record<string, Authorization<never>>>;

/** A service whose resources have policies. */
export interface ResourcePolicySource {
  /** Names of the tables whose rows hold them. */
  readonly tables: readonly string[];
  /** Undefined for a resource that is not there. */
  find(ref: ResourceRef, rows: Rows): PolicyText | undefined;
  /** What the root of the account that owns a resource may do whatever its policy says: mend the policy. */
  readonly ownersRootMay: readonly string[];
}

export interface PolicyText {
  /** Absent on a resource that has none. */
  readonly text?: string | undefined;
  /** That AWS gave the resource when it was made. */
  readonly isDefault?: boolean;
}

/** The operation's own action on the resources that its input names. */
export function on<Named, Input extends Named = Named>(
  rule: ResourceRule<Named>,
  more: AccessKeys<Input> = {},
): readonly Access<Input>[] {
  return [{ resource: rule, ...more }];
}

/** Another action than the operation's name says. */
export function as<Named, Input extends Named = Named>(
  action: string,
  rule?: ResourceRule<Named>,
  more: Omit<Access<Input>, 'action' | 'resource'> = {},
): readonly Access<Input>[] {
  return [{ action, ...(rule && { resource: rule }), ...more }];
}

/** An action that knows no resources. */
export const onAll: readonly Access<unknown>[] = [{}];

export const always = (why: string): AlwaysAllowed => ({ always: why });

export const within = (...actions: readonly string[]): DecidedWithin => ({ within: actions });

export const isAlwaysAllowed = (authorization: Authorization<never>): authorization is AlwaysAllowed =>
  'always' in authorization;

export const isDecidedWithin = (authorization: Authorization<never>): authorization is DecidedWithin =>
  'within' in authorization;
