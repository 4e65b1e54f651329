// The whole path of a request that does next to nothing, against a bare server that answers the same bytes.

import { createCloudProcess } from '../tests/end-to-end/cloud-process.ts';
import { load } from './load.ts';
import { startBareServer } from './peers.ts';
import { type Benchmark, median } from './report.ts';
import { call, postRequest } from './requests.ts';

const body = 'Action=GetCallerIdentity&Version=2011-06-15';
const rounds = 5;
const requests = 20_000;

export const benchmark: Benchmark = {
  name: 'GetCallerIdentity',
  async run() {
    const cloud = await createCloudProcess({ flags: ['--hypervisor', 'none', '--log', 'warn'] });
    await cloud.start();
    const answer = await call(cloud.port, postRequest({ port: cloud.port, service: 'sts', body }));
    const bare = await startBareServer(answer);
    try {
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let round = 0; round <= rounds; round++) {
        const ourLoad = await load({
          port: cloud.port,
          pid: cloud.pid(),
          request: postRequest({ port: cloud.port, service: 'sts', body }),
          connections: 16,
          requests,
        });
        const bareLoad = await load({
          port: bare.port,
          pid: bare.pid,
          request: postRequest({ port: bare.port, service: 'sts', body }),
          connections: 16,
          requests,
        });
        if (ourLoad.failed > 0) throw new Error(`${ourLoad.failed} requests failed`);
        if (round === 0) continue; // warm-up
        ours.push(ourLoad.requestsPerCpuSecond);
        theirs.push(bareLoad.requestsPerCpuSecond);
      }
      return [
        {
          what: 'requests',
          unit: '/s of one core',
          ours: median(ours),
          peers: [{ name: 'bare node:http', figure: median(theirs) }],
          target: 'ratio >= 0.5',
        },
      ];
    } finally {
      await bare.close();
      await cloud.dispose();
    }
  },
};
