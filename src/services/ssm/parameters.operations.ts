// PutParameter, GetParameter(s), DeleteParameter(s).
// https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html

import { AwsError, awsError } from '../../aws/errors.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { PutParameterRequest, SsmApi } from '../../generated/ssm.types.ts';
import { checkAllowedPattern } from './allowed-pattern.ts';
import { checkParameterName, refuseBrokenPath } from './parameter-names.ts';
import { addParameterTags } from './parameter-tags.ts';
import {
  type ParameterType,
  type ParameterVersionSpec,
  parameters,
  parameterVersionId,
  parameterVersions,
} from './parameters.table.ts';
import { requireParameter, requireVersion, storedName, versionsOf } from './parameters.ts';
import { notBuilt, parameterAlreadyExists, parameterNotFound, validationException } from './ssm.errors.ts';

export const parameterOperations = {
  GetParameter(ctx, { Name }) {
    refuseBrokenPath(Name);
    return { Parameter: requireParameter(ctx, Name) };
  },

  GetParameters(ctx, { Names }) {
    const found = [...new Set(Names)].map((name) => [name, findParameter(ctx, name)] as const);
    return {
      Parameters: found.flatMap(([, parameter]) => parameter ?? []),
      InvalidParameters: found.filter(([, parameter]) => !parameter).map(([name]) => name),
    };
  },

  PutParameter(ctx, input) {
    const { Overwrite = false, Tags } = input;
    checkParameterName(input.Name);
    refuseUnbuilt(input);
    const Name = storedName(ctx, input.Name) ?? input.Name;
    const known = ctx.table(parameters).get(Name)?.spec;
    if (known && !Overwrite) throw parameterAlreadyExists();
    if (Overwrite && Tags?.length) {
      throw validationException(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
      );
    }
    const type = typeOf(input, known?.type);
    const version = (known?.latestVersion ?? 0) + 1;
    const spec = planVersion(ctx, { ...input, Name }, version);
    if (known) {
      dropOldestVersion(ctx, Name);
      ctx.table(parameters).update(Name, (before) => ({ ...before, latestVersion: version }));
    } else {
      ctx.table(parameters).insert(Name, { type, latestVersion: version, tags: addParameterTags({}, Tags) });
    }
    ctx.table(parameterVersions).insert(parameterVersionId(Name, version), spec);
    return { Version: version, Tier: spec.tier };
  },

  DeleteParameter(ctx, { Name }) {
    if (!removeParameter(ctx, Name)) throw parameterNotFound();
    return {};
  },

  DeleteParameters(ctx, { Names }) {
    const names = [...new Set(Names)];
    const DeletedParameters = names.filter((name) => removeParameter(ctx, name));
    return { DeletedParameters, InvalidParameters: names.filter((name) => !DeletedParameters.includes(name)) };
  },
} satisfies Operations<SsmApi>;

function findParameter(ctx: OperationContext, name: string) {
  try {
    return requireParameter(ctx, name);
  } catch (error) {
    if (error instanceof AwsError && /^Parameter(Version)?NotFound$/.test(error.code)) return undefined;
    throw error;
  }
}

function refuseUnbuilt({ Type, KeyId, Policies, DataType }: PutParameterRequest): void {
  if (Type === 'SecureString') {
    throw awsError(
      'UnsupportedParameterType',
      'The parameter type is not supported: cloudlet does not support SecureString before it has a KMS to encrypt it with.',
    );
  }
  if (KeyId !== undefined) throw validationException('KeyId is required for SecureString type parameter only.');
  if (Policies && !/^\s*\[\s*\]\s*$/.test(Policies)) throw notBuilt('parameter policies');
  if (DataType === 'aws:ssm:integration') throw notBuilt('parameters of the data type aws:ssm:integration');
  if (DataType !== undefined && DataType !== 'text' && DataType !== 'aws:ec2:image') {
    throw validationException(
      `The following data type is not supported: ${DataType} (Data type names are all lowercase.)`,
    );
  }
}

function typeOf({ Type }: PutParameterRequest, known: ParameterType | undefined): ParameterType {
  const type = Type ?? known;
  if (!type) throw validationException('A parameter type is required when you create a parameter.');
  if (known && type !== known) {
    throw awsError(
      'HierarchyTypeMismatchException',
      `Parameter Store does not support changing a parameter type in a hierarchy. For example, you can't change a parameter from a ${known} type to a ${type} type. You must create a new, unique parameter.`,
    );
  }
  return type as ParameterType;
}

function planVersion(ctx: OperationContext, input: PutParameterRequest, version: number): ParameterVersionSpec {
  const { Name, Value, Description, AllowedPattern, DataType = 'text' } = input;
  const tier = checkedTier(input, version > 1 ? requireVersion(ctx, Name, version - 1).spec.tier : 'Standard');
  if (AllowedPattern !== undefined) checkAllowedPattern(AllowedPattern, Value);
  if (DataType === 'aws:ec2:image') checkImageId(ctx, Value);
  return {
    parameterName: Name,
    version,
    value: Value,
    ...(Description !== undefined && { description: Description }),
    ...(AllowedPattern !== undefined && { allowedPattern: AllowedPattern }),
    dataType: DataType,
    tier,
    labels: [],
    lastModifiedMs: ctx.nowMs,
    lastModifiedUser: ctx.principal.arn,
  };
}

const longestValue = { Standard: 4096, Advanced: 8192 } as const;

function checkedTier({ Value, Tier }: PutParameterRequest, before: 'Standard' | 'Advanced'): 'Standard' | 'Advanced' {
  if (Value === '') {
    throw validationException(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
    );
  }
  if (Tier === 'Standard' && before === 'Advanced') {
    throw validationException(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.",
    );
  }
  const isLong = Value.length > longestValue.Standard;
  const tier =
    Tier === 'Advanced' || before === 'Advanced' || (Tier === 'Intelligent-Tiering' && isLong)
      ? 'Advanced'
      : 'Standard';
  if (Value.length <= longestValue[tier]) return tier;
  throw validationException(
    tier === 'Standard'
      ? `Standard tier parameters support a maximum parameter value of ${longestValue.Standard} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html`
      : `Advanced tier parameters support a maximum parameter value of ${longestValue.Advanced} characters.`,
  );
}

/** AWS looks after it has answered, and tells the owner by an event; here the answer already says so. */
function checkImageId(ctx: OperationContext, imageId: string): void {
  try {
    ctx.client('ec2').DescribeImages({ ImageIds: [imageId] });
  } catch (error) {
    if (error instanceof AwsError && error.code.startsWith('InvalidAMIID')) {
      throw validationException(`The parameter value is not the ID of an Amazon Machine Image (AMI): ${error.message}`);
    }
    throw error;
  }
}

const mostVersions = 100;

function dropOldestVersion(ctx: OperationContext, name: string): void {
  const versions = versionsOf(ctx, name);
  const [oldest] = versions;
  if (!oldest || versions.length < mostVersions) return;
  if (oldest.spec.labels.length > 0) {
    throw awsError(
      'ParameterMaxVersionLimitExceeded',
      `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ${oldest.spec.version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    );
  }
  ctx.table(parameterVersions).remove(oldest.id);
}

function removeParameter(ctx: OperationContext, spelling: string): boolean {
  const name = storedName(ctx, spelling);
  if (name === undefined) return false;
  for (const { id } of versionsOf(ctx, name)) ctx.table(parameterVersions).remove(id);
  ctx.table(parameters).remove(name);
  return true;
}
