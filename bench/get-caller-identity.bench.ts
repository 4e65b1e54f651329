// The whole path of a request that does next to nothing, against a bare server that answers the same bytes.

import { createCloudProcess } from '../tests/end-to-end/cloud-process.ts';
import { load, postRequest } from './load.ts';
import { startBareServer } from './peers.ts';
import { type Benchmark, median } from './report.ts';

const body = 'Action=GetCallerIdentity&Version=2011-06-15';
const rounds = 5;
const requests = 20_000;

export const benchmark: Benchmark = {
  name: 'GetCallerIdentity',
  async run() {
    const cloud = await createCloudProcess({ flags: ['--hypervisor', 'none', '--log', 'warn'] });
    await cloud.start();
    const answer = await fetchText(cloud.port);
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
          peer: { name: 'bare node:http', figure: median(theirs) },
          target: 'ratio >= 0.5',
        },
      ];
    } finally {
      await bare.close();
      await cloud.dispose();
    }
  },
};

async function fetchText(port: number): Promise<string> {
  const request = postRequest({ port, service: 'sts', body }).toString();
  const headers = Object.fromEntries(
    [...request.matchAll(/^([\w-]+): (.*)\r$/gm)].map(([, name, value]) => [name as string, value as string]),
  );
  const { host: _, 'content-length': __, ...rest } = headers;
  return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: rest, body })).text();
}
