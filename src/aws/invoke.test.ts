import { beforeEach, describe, expect, test } from 'vitest';
import { defineSpecTable } from '../kernel/table.ts';
import { awsError } from './errors.ts';
import { requireBuilt } from './invoke.ts';
import { loadServiceModel, type OperationModel } from './model.ts';
import type { AsyncOperationContext, OperationContext } from './operation.ts';
import type { Service } from './service.ts';
import { createTestClients, type TestClients } from './test-client.testing.ts';

const pets = defineSpecTable<{ readonly name: string }>({ name: 'test.pets' });

const keep = (ctx: OperationContext, name: string) => ctx.table(pets).insert(`pet-${name}`, { name });

describe('a dry run', () => {
  let world: string[];
  let clients: TestClients;

  const service: Service = {
    id: 'ec2',
    operations: {
      CreateVpc(ctx) {
        keep(ctx, 'cat');
        return {};
      },
    },
    asyncOperations: {
      async CreateKeyPair(ctx: AsyncOperationContext, { KeyName }: { KeyName: string }) {
        ctx.transact((inner) => {
          if (KeyName === 'taken') throw awsError('InvalidKeyPair.Duplicate', 'taken');
          keep(inner, KeyName);
        });
        world.push(KeyName);
        return {};
      },
      async GetConsoleOutput() {
        return { Output: 'read without a transaction' };
      },
    },
  };

  const kept = () => [...clients.store.listAll(pets)].map(({ id }) => id);

  beforeEach(() => {
    world = [];
    clients = createTestClients([service]);
  });

  test('is rolled back', async () => {
    await expect(clients.client('ec2').CreateVpc({ DryRun: true })).rejects.toMatchObject({
      code: 'DryRunOperation',
      statusCode: 412,
    });
    expect(kept()).toEqual([]);
    await clients.client('ec2').CreateVpc({});
    expect(kept()).toEqual(['pet-cat']);
  });

  test('of an operation that waits ends with its first transaction, before the world is touched', async () => {
    const { CreateKeyPair } = clients.client('ec2');
    await expect(CreateKeyPair({ KeyName: 'dog', DryRun: true })).rejects.toMatchObject({ code: 'DryRunOperation' });
    expect([...kept(), ...world]).toEqual([]);
    await CreateKeyPair({ KeyName: 'dog' });
    expect([...kept(), ...world]).toEqual(['pet-dog', 'dog']);
  });

  test('tells what is wrong with the request', async () => {
    const taken = clients.client('ec2').CreateKeyPair({ KeyName: 'taken', DryRun: true });
    await expect(taken).rejects.toMatchObject({ code: 'InvalidKeyPair.Duplicate' });
  });

  test('of an operation without transactions gives nothing away', async () => {
    const read = clients.client('ec2').GetConsoleOutput({ InstanceId: 'i-1', DryRun: true });
    await expect(read).rejects.toMatchObject({ code: 'DryRunOperation' });
  });
});

test('what is not built is named, whether its service is there or not', () => {
  const operation = loadServiceModel('ec2').operation('CreateFleet') as OperationModel;
  const empty: Service = { id: 'ec2', operations: {} };
  for (const services of [new Map(), new Map([['ec2', empty]])]) {
    expect(() => requireBuilt(services, operation)).toThrow('cloudlet does not support ec2:CreateFleet yet.');
  }
  const built: Service = { id: 'ec2', operations: { CreateFleet: () => ({}) } };
  expect(requireBuilt(new Map([['ec2', built]]), operation)).toBe(built);
});
