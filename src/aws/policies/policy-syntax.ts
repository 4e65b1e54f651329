// The syntax of policy documents: which elements there may be, and what may stand in them. Everything that is wrong here
// IAM calls the same.

import { parseOperator } from './conditions.ts';
import { PolicyFault } from './policy-fault.ts';
import { hasRepeatedKeys } from './policy-text.ts';

export interface PolicySource {
  readonly version: string | undefined;
  readonly statements: readonly StatementSource[];
}

type Texts = string | readonly (string | null)[];
type Names = string | Readonly<Record<string, Texts>>;

/** A statement as it is written. */
export interface StatementSource {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: Names;
  readonly NotPrincipal?: Names;
  readonly Action?: Texts;
  readonly NotAction?: Texts;
  readonly Resource?: Texts;
  readonly NotResource?: Texts;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

type Fields = Readonly<Record<string, unknown>>;

export function isJson(text: string): boolean {
  return parseJson(text) !== undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a text or a list of texts has in it. Nulls are passed over. */
export function listOf(texts: Texts | undefined): readonly string[] {
  if (texts === undefined) return [];
  return typeof texts === 'string' ? [texts] : texts.filter((entry) => entry !== null);
}

export function checkSyntax(text: string): PolicySource {
  const document = parseJson(text);
  if (!isPolicy(document) || hasRepeatedKeys(text)) throw new PolicyFault('Syntax errors in policy.');
  const { Version, Statement } = document;
  return {
    version: Version as string | undefined,
    statements: (Array.isArray(Statement) ? Statement : [Statement]) as readonly StatementSource[],
  };
}

function isPolicy(value: unknown): value is Fields {
  if (!isObject(value) || !hasOnly(value, ['Version', 'Id', 'Statement'])) return false;
  const { Version, Id, Statement } = value;
  if (Version !== undefined && Version !== '2012-10-17' && Version !== '2008-10-17') return false;
  if (Id !== undefined && typeof Id !== 'string') return false;
  const statements = Array.isArray(Statement) ? Statement : [Statement];
  return statements.length > 0 && statements.every(isStatement);
}

const elements: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['Sid', (value: unknown) => typeof value === 'string'],
  ['Effect', (value: unknown) => typeof value === 'string' && /^(?:allow|deny)$/i.test(value)],
  ['Principal', isNames],
  ['NotPrincipal', isNames],
  ['Action', isTexts],
  ['NotAction', isTexts],
  ['Resource', isTexts],
  ['NotResource', isTexts],
  ['Condition', isConditionBlock],
]);

function isStatement(value: unknown): boolean {
  if (!isObject(value) || value['Effect'] === undefined) return false;
  const isEitherOr = ['Principal', 'Action', 'Resource'].every((name) => !(name in value && `Not${name}` in value));
  return isEitherOr && Object.entries(value).every(([name, element]) => elements.get(name)?.(element) === true);
}

function isTexts(value: unknown): boolean {
  const isText = (entry: unknown) => entry === null || typeof entry === 'string';
  return typeof value === 'string' || (Array.isArray(value) && value.every(isText));
}

function isNames(value: unknown): boolean {
  return typeof value === 'string' || (isObject(value) && Object.values(value).every(isTexts));
}

function isConditionBlock(value: unknown): boolean {
  return isObject(value) && Object.entries(value).every(([name, keys]) => isCondition(name, keys));
}

/** An operator that does not exist is no fault as long as it is about no key. */
function isCondition(operator: string, keys: unknown): boolean {
  if (!isObject(keys)) return false;
  const isKnown = parseOperator(operator) !== undefined || Object.keys(keys).length === 0;
  return isKnown && Object.values(keys).every((values) => [values].flat().every(isConditionValue));
}

const isConditionValue = (value: unknown): boolean =>
  value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number';

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const hasOnly = (fields: Fields, names: readonly string[]): boolean =>
  Object.keys(fields).every((name) => names.includes(name));
