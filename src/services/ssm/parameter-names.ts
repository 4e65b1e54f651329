// What parameters may be called, and how requests refer to one: by name or ARN, of the latest version or of another one.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html

import { parseArn } from '../../aws/arn.ts';
import { awsError } from '../../aws/errors.ts';
import { validationException } from './ssm.errors.ts';

export interface ParameterReference {
  /** Names it may mean: one slash more or less at the beginning does not make it another parameter. */
  readonly names: readonly string[];
  /** The name as it was given, by which answers then call the parameter; absent for an ARN. */
  readonly given?: string;
  /** `:3` or `:production`. */
  readonly selector?: string;
}

export function parseReference(text: string): ParameterReference {
  const arn = parseArn(text);
  if (arn?.service === 'ssm' && arn.resource.startsWith('parameter/')) {
    const { given: _, ...reference } = parseReference(arn.resource.slice('parameter'.length));
    return reference;
  }
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  return { names: spellingsOf(name), given: name, ...(colon >= 0 && { selector: text.slice(colon) }) };
}

/** The name as it is given, and the other way to say it. */
export function spellingsOf(name: string): readonly string[] {
  return [name, name.startsWith('/') ? name.slice(1) : `/${name}`];
}

/** What GetParameter refuses of a name that no parameter can have. */
export function refuseBrokenPath(reference: string): void {
  const { given } = parseReference(reference);
  if (given === undefined || !given.includes('/')) return;
  if (given.includes('//') || !given.startsWith('/')) throw brokenName();
}

const deepestLevel = 15;
const longestName = 1011;

const rules =
  'If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';

const brokenName = () =>
  validationException(`Parameter name: can't be prefixed with "ssm" (case-insensitive). ${rules}`);

/** Throws AWS's error for what PutParameter may not call a parameter. */
export function checkParameterName(name: string): void {
  const isPath = name.slice(1).includes('/');
  const first = name.replace(/^\//, '').toLowerCase();
  if (name.toLowerCase().startsWith('/aws') && isPath) {
    throw awsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  }
  if ((first.startsWith('aws') || first.startsWith('ssm')) && !isPath) {
    throw validationException('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
  }
  if (first.startsWith('ssm') || !/^[\w.\-/]+$/.test(name) || /\/\/|\/$/.test(name)) {
    throw brokenName();
  }
  if (isPath && !name.startsWith('/')) throw validationException('Parameter name must be a fully qualified name.');
  if (name.length > longestName) {
    throw validationException(`Parameter name: can't be longer than ${longestName} characters.`);
  }
  if (name.split('/').length - 1 > deepestLevel) {
    throw awsError(
      'HierarchyLevelLimitExceededException',
      `The hierarchy can have a maximum of ${deepestLevel} levels.`,
    );
  }
}

/** As GetParametersByPath takes it. */
export function checkPath(path: string): void {
  if (path.startsWith('/') && /^[\w.\-/]+$/.test(path) && !path.includes('//')) return;
  throw validationException(
    'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.',
  );
}

/** Whether the name is below the path: directly, or at any depth. A name without a slash is below the root. */
export function isBelow(name: string, path: string, isRecursive: boolean): boolean {
  const prefix = path.endsWith('/') ? path : `${path}/`;
  const full = name.startsWith('/') ? name : `/${name}`;
  return full.startsWith(prefix) && (isRecursive || !full.slice(prefix.length).includes('/'));
}
