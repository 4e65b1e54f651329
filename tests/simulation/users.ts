// What people and guests do in a simulation: one random act at a time, in one of a few accounts and regions.

import { AwsError } from '../../src/aws/errors.ts';
import { rootPrincipal } from '../../src/aws/principal.ts';
import { pick, randomInteger } from '../../src/kernel/random.ts';
import type { Scope } from '../../src/kernel/table.ts';
import { listImages } from '../../src/services/ec2/images.ts';
import { instances, stateOf } from '../../src/services/ec2/instances.table.ts';
import { runningIds } from './convergence.ts';
import { fail, type Oracle } from './oracle.ts';
import type { SimulatedWorld } from './simulated-world.ts';

const scopes: readonly Scope[] = [
  { account: '000000000000', region: 'us-east-1' },
  { account: '000000000000', region: 'eu-west-1' },
  { account: '111111111111', region: 'us-east-1' },
];

export interface Users {
  /** Does one thing. An error of AWS's is an answer; anything else is a finding. */
  act(): Promise<void>;
  /** Changes security groups and what they are attached to, and nothing else. */
  changeGroups(): Promise<void>;
  /** Asks for a termination, and the control plane dies at it. */
  terminateAndCrash(): Promise<void>;
  /** Describes everything in every scope, and lets the oracle judge. */
  look(): Promise<void>;
}

/** Before this, a termination may be written or not, and its reconciler may be at work or not. */
const unansweredMs = 3_000;

export function createUsers(world: SimulatedWorld, oracle: Oracle): Users {
  const { random, note } = world;
  const ec2 = (scope: Scope) => world.cloud().client('ec2', scope, rootPrincipal(scope.account));
  const groupIds = new Map<Scope, string[]>();
  let tokenCount = 0;

  const live = (): readonly string[] =>
    [...oracle.promised].filter(([, { wish }]) => wish !== 'terminated').map(([id]) => id);
  const scopeOf = (id: string): Scope => oracle.promised.get(id)?.scope ?? fail(`no scope of ${id}`);

  async function run(): Promise<void> {
    const scope = pick(random, scopes);
    const ImageId = listImages(scope.region)[0]?.imageId;
    const count = 1 + randomInteger(random, 3);
    const ClientToken = random.float() < 0.5 ? `token-${tokenCount++}` : undefined;
    const request = { ImageId, MinCount: count, MaxCount: count, InstanceType: 't3.micro', ClientToken };
    const { Instances = [] } = await ec2(scope).RunInstances(request);
    const ids = Instances.map(({ InstanceId = '' }) => InstanceId);
    for (const id of ids) oracle.promise(id, scope);
    note(`run ${ids.join(' ')}`);
    if (ClientToken !== undefined && random.float() < 0.5) {
      const again = await ec2(scope).RunInstances(request);
      if (again.Instances?.map(({ InstanceId }) => InstanceId).join() !== ids.join())
        fail('a client token launched twice');
    }
  }

  async function change(
    verb: 'StartInstances' | 'StopInstances' | 'TerminateInstances' | 'RebootInstances',
  ): Promise<void> {
    const id = pick(random, live());
    const Force = verb === 'StopInstances' && random.float() < 0.3;
    const client = ec2(scopeOf(id));
    note(`${verb} ${id}`);
    if (verb === 'StartInstances') {
      const { StartingInstances = [] } = await client.StartInstances({ InstanceIds: [id] });
      // A start of what is taken for running changes nothing, so a guest that has just left may still be noticed.
      if (StartingInstances[0]?.PreviousState?.Name === 'stopped') oracle.wish(id, 'running');
      return;
    }
    await client[verb]({ InstanceIds: [id], ...(Force && { Force }) });
    if (verb === 'StopInstances') oracle.wish(id, 'stopped');
    if (verb === 'TerminateInstances') oracle.wish(id, 'terminated');
  }

  async function changeShutdownBehavior(): Promise<void> {
    const id = pick(random, live());
    const Value = pick(random, ['stop', 'terminate'] as const);
    // A guest that is just switching itself off may be judged by either: only one that cannot be is asked to change.
    if (oracle.promised.get(id)?.mayHaveLeft) return;
    await ec2(scopeOf(id)).ModifyInstanceAttribute({ InstanceId: id, InstanceInitiatedShutdownBehavior: { Value } });
    oracle.shutdownBehavior(id, Value);
    note(`${id} is to ${Value} when its guest switches itself off`);
  }

  async function changeGroups(): Promise<void> {
    const scope = pick(random, scopes);
    const known = groupIds.get(scope) ?? [];
    if (known.length < 3) {
      const { GroupId = '' } = await ec2(scope).CreateSecurityGroup({
        GroupName: `group-${known.length}`,
        Description: 'simulated',
      });
      groupIds.set(scope, [...known, GroupId]);
      return;
    }
    const GroupId = pick(random, known);
    // One or the other, so that neither wakes what the other should.
    const attached = live().filter((id) => scopeOf(id) === scope);
    if (attached.length > 0 && random.float() < 0.4) {
      await ec2(scope).ModifyInstanceAttribute({ InstanceId: pick(random, attached), Groups: [GroupId] });
      return;
    }
    const FromPort = 1 + randomInteger(random, 5);
    const IpPermissions = [{ IpProtocol: 'tcp', FromPort, ToPort: FromPort, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
    if (random.float() < 0.6) await ec2(scope).AuthorizeSecurityGroupIngress({ GroupId, IpPermissions });
    else await ec2(scope).RevokeSecurityGroupIngress({ GroupId, IpPermissions });
  }

  async function terminateAndCrash(): Promise<void> {
    const ids = live();
    if (ids.length === 0) return world.crash();
    const id = pick(random, ids);
    note(`TerminateInstances ${id}, and no answer`);
    world.stallDisk();
    let isAnswered = false;
    ec2(scopeOf(id))
      .TerminateInstances({ InstanceIds: [id] })
      .then(
        () => {
          isAnswered = true;
        },
        () => undefined,
      );
    await world.pass(randomInteger(random, unansweredMs));
    if (isAnswered) oracle.wish(id, 'terminated');
    else oracle.mayBeTerminated(id);
    await world.crash();
  }

  /** While a start or a reboot is under way, whether a guest that leaves stays off is a matter of luck, as it is on AWS. */
  function isSettled(id: string): boolean {
    const row = world.store().find(instances, id);
    return row !== undefined && stateOf(row) === 'running' && row.spec.rebootCount === row.status.rebootCount;
  }

  function guestPowersOff(): void {
    const running = runningIds(world).filter((id) => oracle.promised.get(id)?.wish === 'running' && isSettled(id));
    if (running.length === 0) return;
    const id = pick(random, running);
    note(`guest ${id} powers itself off`);
    oracle.guestLeft(id);
    world.drivers.hypervisor.powerOffFromInside(id);
  }

  const acts: readonly (readonly [weight: number, act: () => Promise<void> | void, needsInstance?: true])[] = [
    [4, run],
    [3, () => change('StopInstances'), true],
    [3, () => change('StartInstances'), true],
    [2, () => change('RebootInstances'), true],
    [2, () => change('TerminateInstances'), true],
    [1, changeShutdownBehavior, true],
    [3, changeGroups],
    [1, guestPowersOff, true],
  ];

  async function attempt(act: () => Promise<void> | void): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof AwsError) || error.statusCode >= 500) throw error;
      note(`refused: ${error.code}`);
    }
  }

  return {
    changeGroups: () => world.driving(attempt(changeGroups)),
    terminateAndCrash,
    async act() {
      const possible = acts.filter(([, , needsInstance]) => !needsInstance || live().length > 0);
      const chosen = pick(
        random,
        possible.flatMap(([weight, act]) => Array.from({ length: weight }, () => act)),
      );
      await world.driving(attempt(chosen));
    },
    async look() {
      for (const scope of scopes) {
        const { Reservations = [] } = await world.driving(ec2(scope).DescribeInstances({}));
        oracle.saw(
          scope,
          Reservations.flatMap(({ Instances = [] }) => Instances),
          world.clock.now(),
        );
      }
    },
  };
}
