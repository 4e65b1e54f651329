// A cloud under load on all four data services, killed at moments that nobody chose: whatever was acknowledged is there
// after a restart, and nothing is half there. `CLOUDLET_KILLS=200` for more moments, `CLOUDLET_CRASH_SEED` for others.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomInteger, seededRandom } from '../../src/kernel/random.ts';
import { type CloudProcess, createCloudProcess } from '../end-to-end/cloud-process.ts';
import { createItemsLoad } from './items.load.ts';
import type { Load } from './load.ts';
import { createObjectsLoad } from './objects.load.ts';
import { createQueuesLoad } from './queues.load.ts';
import { createVersionsLoad } from './versions.load.ts';
import { createVisibilityLoad } from './visibility.load.ts';

const kills = Number(process.env['CLOUDLET_KILLS'] ?? 8);
const seed = Number(process.env['CLOUDLET_CRASH_SEED'] ?? 1);
const longestLifeMs = 2500;

const random = seededRandom(seed);
let cloud: CloudProcess;
let loads: readonly Load[];

beforeAll(async () => {
  cloud = await createCloudProcess({ flags: ['--hypervisor', 'none'] });
  await cloud.start();
  loads = [createItemsLoad, createObjectsLoad, createVersionsLoad, createQueuesLoad, createVisibilityLoad].map(
    (create) => create({ endpoint: cloud.endpoint, random }),
  );
  for (const load of loads) await load.prepare();
});

afterAll(() => cloud?.dispose());

it(`loses nothing in ${kills} kills`, { timeout: 60_000 + kills * 60_000 }, async () => {
  for (let kill = 1; kill <= kills; kill++) {
    let isOver = false;
    const working = Promise.all(loads.map((load) => load.work(() => isOver)));
    working.catch(() => undefined); // seen below
    await new Promise((resolve) => setTimeout(resolve, 20 + randomInteger(random, longestLifeMs)));
    await cloud.kill('SIGKILL');
    isOver = true;
    await working;
    await cloud.start();
    for (const load of loads) await load.check();
    expect(cloud.log()).not.toMatch(/"level":"error"|\berror\b.*InternalFailure/);
  }
  process.stderr.write(`${kills} kills: ${loads.map((load) => load.summary()).join(', ')}\n`);
});
