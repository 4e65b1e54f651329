import { describe, expect, it } from 'vitest';
import { formatIpv4 } from './ipv4.ts';
import { defaultInterface, parseRoutes } from './route-table.ts';

const text = [
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT  ',
  'wlan0\t00000000\t010200C0\t0003\t0\t0\t600\t00000000\t0\t0\t0      ',
  'eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0      ',
  'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0      ',
  '*\t000412C6\t00000000\t0201\t0\t0\t0\t00FCFFFF\t0\t0\t0      ',
  'clt0\t0A0412C6\tFEFFFEA9\t0007\t0\t0\t0\tFFFFFFFF\t0\t0\t0      ',
  '',
].join('\n');

describe("the kernel's route table", () => {
  const routes = parseRoutes(text);

  it('is read in network byte order', () => {
    const shown = routes.map((each) => `${formatIpv4(each.destination)}/${each.prefixLength} ${each.interfaceName}`);
    expect(shown).toEqual([
      '0.0.0.0/0 wlan0',
      '0.0.0.0/0 eth0',
      '192.0.2.0/24 eth0',
      '198.18.4.0/22 undefined',
      '198.18.4.10/32 clt0',
    ]);
  });

  it('has a way out by the cheapest default route, if any', () => {
    expect(defaultInterface(routes)).toBe('eth0');
    expect(defaultInterface(routes.slice(2))).toBeUndefined();
    expect(parseRoutes('Iface\tDestination\n')).toEqual([]);
  });
});
