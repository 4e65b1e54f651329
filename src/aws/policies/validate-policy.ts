// What is checked of a policy document when it is written, in AWS's words and in the order in which AWS finds faults: its
// syntax, its version, what an older parser makes of it, its ids, its actions, its resources.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html

import { PolicyFault } from './policy-fault.ts';
import { checkSyntax, isJson, listOf, type PolicySource, type StatementSource } from './policy-syntax.ts';
import { passesLegacyConditions } from './validate-conditions.ts';
import { checkPrincipals } from './validate-principals.ts';
import { passesLegacyParser, resourceFault } from './validate-resources.ts';

/** Of an identity (managed and inline), of a resource, of a role (who may assume it), or of an organization. */
export type PolicyType = 'identity' | 'resource' | 'trust' | 'scp';

/** Throws a PolicyFault whose message is AWS's. Sizes are for the operations that take documents. */
export function validatePolicy(text: string, type: PolicyType): void {
  if (type === 'trust' && !isJson(text)) throw new PolicyFault('This policy contains invalid Json');
  const source = checkSyntax(text);
  if (type === 'identity' || type === 'scp') checkVersion(source);
  if (!source.statements.every(passesLegacy)) throw new PolicyFault('The policy failed legacy parsing');
  checkSids(source, type);
  if (type === 'identity' || type === 'scp') requireNoPrincipals(source);
  else checkPrincipals(source, type);
  checkActionsExist(source);
  if (type === 'trust') {
    requireNoResources(source);
    checkTrustActions(source);
    return;
  }
  for (const statement of source.statements) throwIf(resourceFault(statement));
  checkActions(source);
  if (!source.statements.every((statement) => resourcesOf(statement).length > 0)) {
    throw new PolicyFault('Policy statement must contain resources.');
  }
}

function throwIf(message: string | undefined): void {
  if (message !== undefined) throw new PolicyFault(message);
}

function checkVersion({ version }: PolicySource): void {
  if (version !== '2012-10-17') throw new PolicyFault('Policy document must be version 2012-10-17 or greater.');
}

/** Effects are known in any case at first, and then only as they should be written. */
function passesLegacy(statement: StatementSource): boolean {
  return (
    (statement.Effect === 'Allow' || statement.Effect === 'Deny') &&
    passesLegacyConditions(statement.Condition) &&
    passesLegacyParser(statement)
  );
}

function checkSids({ statements }: PolicySource, type: PolicyType): void {
  const sids = statements.flatMap(({ Sid }) => Sid || []);
  if (type !== 'resource' && !sids.every((sid) => /^[0-9A-Za-z]*$/.test(sid))) {
    throw new PolicyFault(
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    );
  }
  if (new Set(sids).size < sids.length) throw new PolicyFault('Statement IDs (SID) in a single policy must be unique.');
}

function requireNoPrincipals({ statements }: PolicySource): void {
  if (statements.some(({ Principal, NotPrincipal }) => Principal !== undefined || NotPrincipal !== undefined)) {
    throw new PolicyFault('Policy document should not specify a principal.');
  }
}

const resourcesOf = ({ Resource, NotResource }: StatementSource) => listOf(Resource ?? NotResource);

function requireNoResources({ statements }: PolicySource): void {
  if (statements.some(({ Resource, NotResource }) => Resource !== undefined || NotResource !== undefined)) {
    throw new PolicyFault('Has prohibited field Resource.');
  }
}

function checkActionsExist({ statements }: PolicySource): void {
  if (!statements.every(({ Action, NotAction }) => listOf(Action ?? NotAction).length > 0)) {
    throw new PolicyFault('Policy statement must contain actions.');
  }
}

function checkActions({ statements }: PolicySource): void {
  for (const { Action } of statements) for (const action of listOf(Action)) checkAction(action);
  for (const { NotAction } of statements) for (const action of listOf(NotAction)) checkAction(action);
}

/** Whether the vendor or its action exist is not asked. */
function checkAction(action: string): void {
  if (action === '*') return;
  const [vendor = '', ...rest] = action.split(':');
  if (rest.length === 0) {
    throw new PolicyFault('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
  }
  if (rest.length > 1) throw new PolicyFault('Actions/Condition can contain only one colon.');
  if (vendor !== '*' && !/^[A-Za-z0-9.-]+$/.test(vendor)) throw new PolicyFault(`Vendor ${vendor} is not valid`);
}

/** In lower case. */
const trustActions: ReadonlySet<string> = new Set([
  'sts:assumerole',
  'sts:assumerolewithsaml',
  'sts:assumerolewithwebidentity',
  'sts:decodeauthorizationmessage',
  'sts:getaccesskeyinfo',
  'sts:getcalleridentity',
  'sts:getfederationtoken',
  'sts:getservicebearertoken',
  'sts:getsessiontoken',
  'sts:setcontext',
  'sts:setsourceidentity',
  'sts:tagsession',
]);

function checkTrustActions({ statements }: PolicySource): void {
  for (const { Action, NotAction } of statements) {
    for (const action of listOf(Action ?? NotAction).map((name) => name.toLowerCase())) {
      if (NotAction !== undefined || !action.startsWith('sts:')) {
        throw new PolicyFault('AssumeRole policy may only specify STS AssumeRole actions.');
      }
      if (!trustActions.has(action)) {
        throw new PolicyFault(
          'Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity',
        );
      }
    }
  }
}
