// SimulateCustomPolicy, SimulatePrincipalPolicy, GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import { compilePolicy } from '../../aws/policies/compile.ts';
import type { Principal } from '../../aws/principal.ts';
import type {
  IamApi,
  PolicyIdentifier,
  PolicyIdentifierPolicyType,
  SimulateCustomPolicyRequest,
  SimulatePolicyResponse,
  SimulatePrincipalPolicyRequest,
  Tag,
} from '../../generated/iam.types.ts';
import { type Entity, policiesHeldBy, requireEntity } from './entities.ts';
import { invalidInput } from './iam.errors.ts';
import { pageOf } from './pages.ts';
import { defaultDocument, type HeldPolicy } from './principal-policies.ts';
import { contextOf, givenPolicy, type SimulatedPolicy, type Simulation, simulate } from './simulation.ts';

export const simulationOperations = {
  SimulateCustomPolicy(ctx, input) {
    const { CallerArn, OrderedOrganizationPolicyInputList } = input;
    const caller = CallerArn === undefined ? undefined : parseCaller(CallerArn);
    const serviceControl = OrderedOrganizationPolicyInputList?.map(({ ServiceControlPolicyInputList = [] }, level) =>
      ServiceControlPolicyInputList.map((document, position) =>
        givenPolicy(
          document,
          `OrderedOrganizationPolicyInputList.${level + 1}.${position + 1}`,
          'service control',
          'scp',
        ),
      ),
    );
    return answer(ctx, input, {
      principal: caller ?? strangerIn(ctx.account),
      tags: [],
      identity: identityInputs(input.PolicyInputList),
      boundary: boundaryInput(input),
      serviceControl,
    });
  },

  SimulatePrincipalPolicy(ctx, input) {
    const { PolicySourceArn, CallerArn, PolicyInputList = [], PolicyExclusionList = [] } = input;
    const entity = requireEntity(ctx, PolicySourceArn);
    const held = policiesHeldBy(ctx, entity)
      .filter((policy) => !PolicyExclusionList.some((excluded) => isExcluded(policy, excluded)))
      .map(simulatedHeld);
    const isUnbounded = isExcludedFrom(PolicyExclusionList, 'permission-boundary');
    return answer(ctx, input, {
      principal: CallerArn === undefined ? principalFor(entity) : parseCaller(CallerArn),
      tags: entity.word === 'group' ? [] : entity.row.spec.tags,
      identity: [...held, ...identityInputs(PolicyInputList)],
      boundary: boundaryInput(input) ?? (isUnbounded ? undefined : boundaryOf(ctx, entity)),
      serviceControl: isExcludedFrom(PolicyExclusionList, 'scp') ? undefined : organizationPolicies(ctx, entity),
    });
  },

  GetContextKeysForCustomPolicy(_ctx, { PolicyInputList }) {
    return { ContextKeyNames: keysIn(identityInputs(PolicyInputList)) };
  },

  GetContextKeysForPrincipalPolicy(ctx, { PolicySourceArn, PolicyInputList = [] }) {
    const held = policiesHeldBy(ctx, requireEntity(ctx, PolicySourceArn)).map(simulatedHeld);
    return { ContextKeyNames: keysIn([...held, ...identityInputs(PolicyInputList)]) };
  },
} satisfies Operations<IamApi>;

const mostBoundaries = 1;

type Input = SimulateCustomPolicyRequest | SimulatePrincipalPolicyRequest;

interface Parts extends Omit<Simulation, 'context' | 'resourceAccount' | 'resourcePolicy'> {
  readonly tags: readonly Tag[];
}

function answer(ctx: OperationContext, input: Input, { tags, ...parts }: Parts): SimulatePolicyResponse {
  const { ActionNames, ResourceArns = ['*'], ResourcePolicy, ResourceOwner, ContextEntries = [] } = input;
  for (const action of ActionNames) checkAction(action);
  if (ResourcePolicy !== undefined && input.CallerArn === undefined && !('PolicySourceArn' in input))
    throw invalidInput('CallerArn is required when ResourcePolicy is specified.');
  const resourcePolicy =
    ResourcePolicy === undefined
      ? undefined
      : givenPolicy(ResourcePolicy, 'ResourcePolicy', 'resource-based', 'resource');
  const simulation: Simulation = {
    ...parts,
    resourcePolicy,
    resourceAccount: ResourceOwner === undefined ? parts.principal.account : accountIn(ResourceOwner),
    context: contextOf(parts.principal, tags, ContextEntries),
  };
  const questions = ActionNames.flatMap((action) => ResourceArns.map((resource) => ({ action, resource })));
  const numbered = questions.map((question, position) => ({ id: String(position).padStart(8, '0'), ...question }));
  const { rows, page } = pageOf(ctx, 'Simulate', input, (afterId) =>
    numbered.slice(afterId === undefined ? 0 : Number(afterId) + 1),
  );
  return { EvaluationResults: rows.map(({ action, resource }) => simulate(simulation, action, resource)), ...page };
}

function checkAction(action: string): void {
  if (!/^[A-Za-z0-9-]+:[A-Za-z0-9]+$/.test(action)) throw invalidInput(`Invalid action name: ${action}`);
}

/** An account's number, or an ARN in it. */
function accountIn(owner: string): string {
  const account = /^\d{12}$/.exec(owner)?.[0] ?? /^arn:[a-z-]+:iam::(\d{12}):/.exec(owner)?.[1];
  if (account === undefined) throw invalidInput(`Invalid resource owner: ${owner}`);
  return account;
}

/** A simulated caller is a user, whether or not it exists. */
function parseCaller(arn: string): Principal {
  const account = /^arn:[a-z-]+:iam::(\d{12}):user\/.+$/.exec(arn)?.[1];
  if (account === undefined) throw invalidInput(`Invalid caller ARN: ${arn}`);
  return { kind: 'user', arn, userId: 'AIDASIMULATED', account };
}

/** Whose policies are simulated without saying whose they are. */
const strangerIn = (account: string): Principal => ({
  kind: 'user',
  arn: `arn:aws:iam::${account}:user/simulated`,
  userId: 'AIDASIMULATED',
  account,
});

function principalFor({ word, arn, row }: Entity): Principal {
  const { account } = row;
  if (word === 'user') return { kind: 'user', arn, userId: row.spec.userId, account };
  if (word === 'group') return strangerIn(account);
  const { roleId, name } = row.spec;
  return {
    kind: 'assumed-role',
    arn: `arn:aws:sts::${account}:assumed-role/${name}/simulated`,
    userId: `${roleId}:simulated`,
    account,
    session: { roleArn: arn, roleId, sessionName: 'simulated', issuedAtMs: row.createdAtMs },
  };
}

function identityInputs(documents: readonly string[]): readonly SimulatedPolicy[] {
  return documents.map((document, position) =>
    givenPolicy(document, `PolicyInputList.${position + 1}`, 'identity-based', 'identity'),
  );
}

function boundaryInput({ PermissionsBoundaryPolicyInputList = [] }: Input): SimulatedPolicy | undefined {
  if (PermissionsBoundaryPolicyInputList.length > mostBoundaries)
    throw invalidInput('Only one permissions boundary can be specified.');
  const [document] = PermissionsBoundaryPolicyInputList;
  if (document === undefined) return undefined;
  return givenPolicy(document, 'PermissionsBoundaryPolicyInputList.1', 'permissions boundary', 'identity');
}

function boundaryOf(ctx: OperationContext, entity: Entity): SimulatedPolicy | undefined {
  const arn = entity.word === 'group' ? undefined : entity.row.spec.boundaryArn;
  const document = arn === undefined ? undefined : defaultDocument((table) => ctx.table(table), arn);
  if (arn === undefined || document === undefined) return undefined;
  const named = { arn, kind: 'permissions boundary' as const, policy: compilePolicy(document) };
  return { named, sourceId: arn.slice(arn.lastIndexOf('/') + 1), document };
}

/** They bind whoever asks and whoever is simulated alike: both are of one account. Service-linked roles are never bound. */
function organizationPolicies(ctx: OperationContext, { row }: Entity): Simulation['serviceControl'] {
  if (row.spec.path.startsWith('/aws-service-role/')) return undefined;
  return ctx.policies.serviceControl?.map((level) => level.map((named) => ({ named, sourceId: named.arn })));
}

const isExcludedFrom = (excluded: readonly PolicyIdentifier[], type: PolicyIdentifierPolicyType): boolean =>
  excluded.some(({ PolicyType }) => PolicyType === type);

/** AWS tells inline policies by their holder: `user_alice_policy`. */
function simulatedHeld({ arn, name, document, isInline, holder }: HeldPolicy): SimulatedPolicy {
  return {
    named: { arn, kind: 'identity-based', policy: compilePolicy(document) },
    sourceId: isInline ? `${holder.word}_${holder.name}_${name}` : name,
    document,
  };
}

function isExcluded({ arn, name, isInline, holder }: HeldPolicy, excluded: PolicyIdentifier): boolean {
  const { PolicyArn, InlinePolicyIdentifier: inline } = excluded;
  if (!isInline) return PolicyArn === arn;
  return inline?.PolicyName === name && inline.AttachmentType === holder.word && inline.AttachmentName === holder.name;
}

function keysIn(policies: readonly SimulatedPolicy[]): readonly string[] {
  const keys = policies.flatMap(({ named }) => named.policy.statements.flatMap((statement) => statement.keys));
  return [...new Map(keys.map((key) => [key.toLowerCase(), key])).values()].sort();
}
