// What SSM's operations need to be allowed.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html

import { formatArn } from '../../aws/arn.ts';
import { type Authorizations, on, type ResourceRef, type Rows, resource } from '../../aws/authorization.ts';
import { tagsByKey } from '../../aws/tags.ts';
import type { SsmApi } from '../../generated/ssm.types.ts';
import type { Scope } from '../../kernel/table.ts';
import { parseReference } from './parameter-names.ts';
import { parameters } from './parameters.table.ts';

/** `/a/b` and `a/b` have the same ARN: the slash at the beginning is the one after `parameter`. */
function ref({ account, region }: Scope, name: string): ResourceRef {
  const resourceName = `parameter/${name.replace(/^\//, '')}`;
  return { arn: formatArn({ service: 'ssm', region, account, resource: resourceName }), account, region, id: name };
}

function findParameter({ account, region, id }: ResourceRef, rows: Rows) {
  const table = rows.read(parameters, { account, region });
  const [name = '', other = ''] = parseReference(id).names;
  return table.get(name) ?? table.get(other);
}

function parametersBy<Input>(namesOf: (input: Input) => readonly string[]) {
  return resource({
    type: 'parameter',
    of: (input: Input, ctx) => namesOf(input).map((name) => ref(ctx, parseReference(name).names[0] ?? name)),
    find: findParameter,
    tags: ({ spec }) => spec.tags,
  });
}

const parameter = parametersBy<{ readonly Name: string }>(({ Name }) => [Name]);
const listedParameters = parametersBy<{ readonly Names: readonly string[] }>(({ Names }) => Names);
const taggedParameter = parametersBy<{ readonly ResourceId: string }>(({ ResourceId }) => [ResourceId]);

/** Everything below a path is asked for as the path itself. */
const path = parametersBy<{ readonly Path: string }>(({ Path }) => [Path]);

/** AWS asks with the account's ARN where it asks about all parameters. */
const everything = resource({
  type: [],
  of(_input: unknown, { account, region }) {
    return [{ arn: formatArn({ service: 'ssm', region, account, resource: '*' }), account, region, id: '' }];
  },
});

export const ssmAuthorization = {
  AddTagsToResource: on(taggedParameter, { requestTags: ({ Tags }) => tagsByKey(Tags) }),
  DeleteParameter: on(parameter),
  DeleteParameters: on(listedParameters),
  DescribeParameters: on(everything),
  GetParameter: on(parameter),
  GetParameterHistory: on(parameter),
  GetParameters: on(listedParameters),
  GetParametersByPath: on(path, { keys: { 'ssm:Recursive': ({ Recursive }) => Recursive ?? false } }),
  LabelParameterVersion: on(parameter),
  ListTagsForResource: on(taggedParameter),
  PutParameter: on(parameter, {
    keys: { 'ssm:Overwrite': ({ Overwrite }) => Overwrite ?? false, 'ssm:Policies': ({ Policies }) => Policies },
    requestTags: ({ Tags }) => tagsByKey(Tags),
  }),
  RemoveTagsFromResource: on(taggedParameter, { tagKeys: ({ TagKeys }) => TagKeys }),
  UnlabelParameterVersion: on(parameter),
} satisfies Authorizations<SsmApi>;
