// Before every test file: tests, and the clouds and clients that they start, are the same in whoever's shell. No profile,
// region or endpoint of AWS, no setting of another cloud, no proxy leads them elsewhere. What tests themselves ask for
// stays: seeds and how often, and from which mirrors images are built.

import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { devNull } from 'node:os';

const ofTests = /^CLOUDLET_(?:FUZZ_|CRASH_|KILLS$|DEBIAN_MIRROR$|UBUNTU_MIRROR$)/;
const ofClouds =
  /^CLOUDLET_|^(?:GATEWAY_LISTEN|EDGE_PORT|LOCALSTACK_HOST|HOSTNAME_EXTERNAL|DEBUG|LS_LOG|EXTRA_CORS_ALLOWED_ORIGINS)$/;

for (const name of Object.keys(process.env))
  if (name.startsWith('AWS_') || (ofClouds.test(name) && !ofTests.test(name))) delete process.env[name];

Object.assign(process.env, {
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
  AWS_EC2_METADATA_DISABLED: 'true',
  // Git's too: commits may have to be signed there.
  GIT_CONFIG_GLOBAL: devNull,
  GIT_CONFIG_NOSYSTEM: '1',
  no_proxy: '*',
  NO_PROXY: '*',
});

// Of the addresses of `localhost`, the first counts as one that does not answer when this process, which may have been busy
// with something else, sees after a quarter of a second that it did.
setDefaultAutoSelectFamilyAttemptTimeout(30_000);
