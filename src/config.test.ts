// Which source wins, and what is refused in words that help.

import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, endpointOf, resolveConfig, resolveDataDirectory, resolveRegion } from './config.ts';

describe('resolveConfig', () => {
  it('has defaults that listen on this host alone and keep everything under the home directory', () => {
    const home = join(homedir(), '.cloudlet');
    expect(resolveConfig({}, {})).toEqual({
      port: 4566,
      host: '127.0.0.1',
      dataDirectory: home,
      imageDirectory: join(home, 'images'),
      hypervisor: 'auto',
      auth: 'lenient',
      logLevel: 'info',
      durability: 'strict',
      throttling: 'off',
      newBuckets: 'classic',
      logFormat: 'text',
      install: true,
      initDirectory: '/etc/localstack/init',
      allowedOrigins: [],
      mirrors: {},
    });
  });

  it('lets a flag win over its variable, that over LocalStack’s, and those over the default', () => {
    const environment = { CLOUDLET_PORT: '5001', GATEWAY_LISTEN: '0.0.0.0:5002', EDGE_PORT: '5003' };
    expect(resolveConfig({ port: '5000' }, environment).port).toBe(5000);
    expect(resolveConfig({}, environment).port).toBe(5001);
    expect(resolveConfig({}, { ...environment, CLOUDLET_PORT: '' }).port).toBe(5002);
    expect(resolveConfig({}, { EDGE_PORT: '5003' }).port).toBe(5003);
    expect(resolveConfig({ host: '::1' }, environment).host).toBe('::1');
    expect(resolveConfig({}, environment).host).toBe('0.0.0.0');
  });

  it.each([
    ['0.0.0.0:4567', '0.0.0.0', 4567],
    [':4567', '127.0.0.1', 4567],
    ['0.0.0.0', '0.0.0.0', 4566],
    ['[::]:4567,127.0.0.1:443', '::', 4567],
    ['[::1]', '::1', 4566],
  ])('reads GATEWAY_LISTEN=%s', (text, host, port) => {
    expect(resolveConfig({}, { GATEWAY_LISTEN: text })).toMatchObject({ host, port });
  });

  it('understands how users of LocalStack ask for a log', () => {
    expect(resolveConfig({}, { DEBUG: '1' }).logLevel).toBe('debug');
    expect(resolveConfig({}, { DEBUG: '1', LS_LOG: 'warning' }).logLevel).toBe('warn');
    expect(resolveConfig({}, { LS_LOG: 'trace-internal' }).logLevel).toBe('trace');
    expect(resolveConfig({ log: 'ERROR' }, { LS_LOG: 'trace' }).logLevel).toBe('error');
  });

  it('takes the image directory with the data directory unless it has one of its own', () => {
    expect(resolveConfig({ dataDir: '/srv/c' }, {}).imageDirectory).toBe('/srv/c/images');
    expect(resolveConfig({ dataDir: '/srv/c' }, { CLOUDLET_IMAGE_DIR: '/srv/images' }).imageDirectory).toBe(
      '/srv/images',
    );
  });

  it('makes relative directories absolute, because the process may change its own', () => {
    expect(resolveDataDirectory({ dataDir: 'here' }, {})).toBe(join(process.cwd(), 'here'));
    expect(resolveDataDirectory({}, { CLOUDLET_DATA_DIR: '/srv/c' })).toBe('/srv/c');
  });

  it('reads origins, mirrors, and whether to install', () => {
    const environment = {
      EXTRA_CORS_ALLOWED_ORIGINS: 'http://a.test, http://b.test,',
      CLOUDLET_DEBIAN_MIRROR: 'http://mirror.test/debian',
      CLOUDLET_INSTALL: 'no',
    };
    expect(resolveConfig({}, environment)).toMatchObject({
      allowedOrigins: ['http://a.test', 'http://b.test'],
      mirrors: { debian: 'http://mirror.test/debian' },
      install: false,
    });
    expect(resolveConfig({ install: false }, {}).install).toBe(false);
  });

  it.each([
    [{ port: 'http' }, "--port must be a number from 0 to 65535, not 'http'"],
    [{ port: '65536' }, '--port must be'],
    [{ port: '-1' }, '--port must be'],
    [{ port: '1e3' }, '--port must be'],
    [{ hypervisor: 'kvm' }, "--hypervisor must be one of auto, lxc, simulated, none, not 'kvm'"],
    [{ auth: 'on' }, '--auth must be one of lenient, strict'],
    [{ log: 'loud' }, '--log must be one of'],
    [{ logFormat: 'xml' }, '--log-format must be one of text, json'],
  ])('refuses %j', (flags, message) => {
    expect(() => resolveConfig(flags, {})).toThrow(ConfigError);
    expect(() => resolveConfig(flags, {})).toThrow(message);
  });

  it('refuses a GATEWAY_LISTEN that it cannot read', () => {
    expect(() => resolveConfig({}, { GATEWAY_LISTEN: 'a:b:c' })).toThrow('GATEWAY_LISTEN must look like');
  });
});

describe('endpointOf', () => {
  it.each([
    [{ host: '127.0.0.1' }, 'http://localhost:4566'],
    [{ host: '0.0.0.0' }, 'http://localhost:4566'],
    [{ host: '192.0.2.7' }, 'http://192.0.2.7:4566'],
    [{ host: 'fd00::7' }, 'http://[fd00::7]:4566'],
    [{ host: '0.0.0.0', publicHost: 'localhost.localstack.cloud' }, 'http://localhost.localstack.cloud:4566'],
    [{ host: '0.0.0.0', publicHost: 'cloud.test:80' }, 'http://cloud.test:80'],
  ])('of %j is %s', (config, endpoint) => {
    expect(endpointOf(config, 4566)).toBe(endpoint);
  });
});

describe('resolveRegion', () => {
  it('is the one that the AWS tools would use', () => {
    expect(resolveRegion({})).toBe('us-east-1');
    expect(resolveRegion({ AWS_DEFAULT_REGION: 'eu-west-1' })).toBe('eu-west-1');
    expect(resolveRegion({ AWS_DEFAULT_REGION: 'eu-west-1', AWS_REGION: 'eu-north-1' })).toBe('eu-north-1');
  });
});
