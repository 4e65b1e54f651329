// What the metadata service says of an instance's role, and the keys that it hands out: EC2 assumes the role, as it does
// on AWS, and assumes it again before the keys expire.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html

import { type CredentialSpec, credentials } from '../../aws/credentials.table.ts';
import { AwsError } from '../../aws/errors.ts';
import { servicePrincipal } from '../../aws/principal.ts';
import type { World } from '../../aws/service.ts';
import { formatIso, type TimestampMs } from '../../kernel/clock.ts';
import { type RoleRow, roleArnOf } from '../iam/index.ts';
import { findAssociated, roleOf } from './instance-profiles.ts';
import { type InstanceRow, instances, type ProfileAssociation } from './instances.table.ts';
import type { RoleDocuments } from './metadata.ts';

export type RoleWorld = Pick<World, 'store' | 'clock' | 'client'>;

const keysLastSeconds = 6 * 3600;
/** SDKs ask for new keys a quarter of an hour before the end. AWS promises them five minutes before it. */
const renewedBeforeEndMs = 3600_000;

/** Undefined for an instance without a profile. Keys are found or made only when `withKeys`. */
export async function describeRole(
  world: RoleWorld,
  instance: InstanceRow,
  withKeys: boolean,
): Promise<RoleDocuments | undefined> {
  const association = instance.spec.instanceProfile;
  if (!association) return undefined;
  const nowMs = world.clock.now();
  const profile = findAssociated(world.store, instance, association);
  if (!profile) return { info: failure(nowMs, 'InstanceProfileNotFound', noProfile(association)), credentials: '' };
  const info = document({
    Code: 'Success',
    LastUpdated: formatIso(nowMs, 'seconds'),
    InstanceProfileArn: association.arn,
    InstanceProfileId: association.profileId,
  });
  const role = roleOf(world.store, profile);
  if (!role) return { info, credentials: '' };
  return { info, name: role.spec.name, credentials: withKeys ? await keysOf(world, instance, role) : '' };
}

async function keysOf(world: RoleWorld, instance: InstanceRow, role: RoleRow): Promise<string> {
  const known = findKeys(world, instance, role);
  if (known) return describeKeys(...known);
  try {
    await assume(world, instance, role);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return failure(world.clock.now(), 'AssumeRoleUnauthorizedAccess', cannotAssume(role));
  }
  const made = findKeys(world, world.store.read(instances, instance).get(instance.id), role);
  if (!made) throw new Error(`the keys of ${instance.id} are gone already`);
  return describeKeys(...made);
}

/** Those that the guest was given last, while they are the role's and last long enough. */
function findKeys(
  { store, clock }: RoleWorld,
  instance: InstanceRow | undefined,
  role: RoleRow,
): [string, CredentialSpec] | undefined {
  const id = instance?.status.roleAccessKeyId;
  const spec = id === undefined ? undefined : store.find(credentials, id)?.spec;
  if (id === undefined || spec?.principal.session?.roleId !== role.spec.roleId) return undefined;
  return (spec.expiresAtMs ?? 0) - clock.now() > renewedBeforeEndMs ? [id, spec] : undefined;
}

/** Two requests at once make keys twice; the guest may use either. */
async function assume({ store, client }: RoleWorld, instance: InstanceRow, role: RoleRow): Promise<void> {
  const { account } = instance;
  const sts = client('sts', instance, servicePrincipal('ec2', account));
  const { Credentials } = await sts.AssumeRole({
    RoleArn: roleArnOf(role),
    RoleSessionName: instance.id,
    DurationSeconds: keysLastSeconds,
  });
  const roleAccessKeyId = Credentials?.AccessKeyId;
  if (roleAccessKeyId === undefined) return;
  store.changeStatuses((transaction) =>
    transaction.table(instances, instance).update(instance.id, (status) => ({ ...status, roleAccessKeyId })),
  );
}

const describeKeys = (id: string, { principal, secretAccessKey, sessionToken, expiresAtMs }: CredentialSpec): string =>
  document({
    Code: 'Success',
    LastUpdated: formatIso(principal.session?.issuedAtMs ?? 0, 'seconds'),
    Type: 'AWS-HMAC',
    AccessKeyId: id,
    SecretAccessKey: secretAccessKey,
    Token: sessionToken ?? '',
    Expiration: formatIso(expiresAtMs ?? 0, 'seconds'),
  });

const failure = (nowMs: TimestampMs, Code: string, Message: string): string =>
  document({ Code, Message, LastUpdated: formatIso(nowMs, 'seconds') });

const troubleshooting =
  'Please see documentation at https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html#troubleshoot_iam-ec2_errors-info-doc.';

const noProfile = ({ arn }: ProfileAssociation): string =>
  `Instance Profile ${arn} cannot be found. ${troubleshooting}`;

const cannotAssume = ({ spec }: RoleRow): string => `EC2 cannot assume the role ${spec.name}. ${troubleshooting}`;

/** As AWS lays it out. */
function document(members: Readonly<Record<string, string>>): string {
  const lines = Object.entries(members).map(([name, value]) => `  ${JSON.stringify(name)} : ${JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}`;
}
