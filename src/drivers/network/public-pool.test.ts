import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatBlock, parseIpv4 } from './ipv4.ts';
import { choosePool, claimPublicPool, hostAddressOf } from './public-pool.ts';

describe('choosing a block', () => {
  const everyPool = Array.from({ length: 64 }, (_, n) => `198.18.${n * 4}.0/22`);
  const claimed = (pools: readonly string[]) => pools.map((pool, n) => ({ pool, owner: `/other/${n}` }));

  it('keeps the one that is claimed already, then the one that is remembered', () => {
    expect(choosePool([{ pool: '198.18.8.0/22', owner: '/me' }], '/me', '198.18.12.0/22', [])).toBe('198.18.8.0/22');
    expect(choosePool([], '/me', '198.18.12.0/22', [])).toBe('198.18.12.0/22');
  });

  it('takes another when the remembered one went to somebody else', () => {
    const chosen = choosePool(claimed(['198.18.12.0/22']), '/me', '198.18.12.0/22', []);
    expect(everyPool).toContain(chosen);
    expect(chosen).not.toBe('198.18.12.0/22');
  });

  it('finds the last one left, and says so when there is none', () => {
    for (const left of everyPool) {
      const taken = everyPool.filter((pool) => pool !== left);
      expect(choosePool(claimed(taken), '/me', undefined, [])).toBe(left);
    }
    expect(() => choosePool(claimed(everyPool), '/me', undefined, [])).toThrow(/no public addresses are left/);
  });

  it('avoids what the host uses for something else', () => {
    const all = everyPool.slice(1).map((pool) => parseIpv4(pool.replace('.0/22', '.9')));
    expect(choosePool([], '/me', undefined, all)).toBe(everyPool[0]);
  });
});

describe('claims', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cloudlet-claims-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const claim = async (name: string): Promise<string> => {
    mkdirSync(join(root, name), { recursive: true });
    return formatBlock(await claimPublicPool(join(root, name), join(root, 'claims')));
  };

  it('differ between directories, and last', async () => {
    const pools: string[] = [];
    for (let n = 0; n < 20; n++) pools.push(await claim(`cloud-${n}`));
    expect(new Set(pools).size).toBe(20);
    for (let n = 0; n < 20; n++) expect(await claim(`cloud-${n}`)).toBe(pools[n]);
  });

  it('come back after a reboot took them', async () => {
    const pools = [await claim('a'), await claim('b')];
    rmSync(join(root, 'claims'), { recursive: true });
    expect([await claim('b'), await claim('a')].reverse()).toEqual(pools);
  });

  it('of directories that are gone are free again', async () => {
    const used = Object.values(networkInterfaces()).flat();
    const isForeign = used.some((each) => each?.address.startsWith('198.18.'));
    for (let n = 0; n < (isForeign ? 50 : 64); n++) await claim(`cloud-${n}`);
    if (!isForeign) await expect(claim('one-too-many')).rejects.toThrow(/no public addresses are left/);
    rmSync(join(root, 'cloud-7'), { recursive: true });
    await claim('late');
    expect(readdirSync(join(root, 'claims')).filter((name) => !name.startsWith('.'))).not.toHaveLength(0);
  });

  it('name the host by the second address', () => {
    expect(hostAddressOf({ base: parseIpv4('198.18.4.0'), prefixLength: 22 })).toBe('198.18.4.1');
  });
});
