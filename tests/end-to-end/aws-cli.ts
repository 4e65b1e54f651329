// The AWS CLI and ssh, as a user types them.

import { execute } from './cloud-process.ts';

export interface AwsOptions {
  readonly endpoint: string;
  readonly account?: string;
  /** Keys that this cloud handed out, instead of an account's root. */
  readonly keys?: AwsKeys;
  readonly region?: string;
}

export interface AwsKeys {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken?: string;
}

export type Aws = (...argv: readonly string[]) => Promise<string>;

/** Answers with what the CLI printed, trimmed. A failing command's error carries its standard error. */
export function createAws({ endpoint, account = 'test', keys, region = 'us-east-1' }: AwsOptions): Aws {
  const environment = {
    PATH: process.env['PATH'] ?? '',
    // No configuration of whoever runs the tests, and nothing to clean up.
    HOME: '/nonexistent',
    PYENV_ROOT: process.env['PYENV_ROOT'] ?? '',
    PYENV_VERSION: process.env['PYENV_VERSION'] ?? '',
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: keys?.AccessKeyId ?? account,
    AWS_SECRET_ACCESS_KEY: keys?.SecretAccessKey ?? 'test',
    AWS_SESSION_TOKEN: keys?.SessionToken ?? '',
    AWS_DEFAULT_REGION: region,
    AWS_PAGER: '',
  };
  const defined = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  return async (...argv) =>
    (
      await execute('aws', [...argv], { env: { ...defined, AWS_PAGER: '' }, maxBuffer: 64 * 1024 * 1024 })
    ).stdout.trim();
}

export interface SshOptions {
  readonly keyPath: string;
  readonly user: string;
  readonly host: string;
}

/** Runs one command by ssh and answers with its output. */
export async function ssh({ keyPath, user, host }: SshOptions, command: string, timeoutMs = 900_000): Promise<string> {
  const options = [
    ...['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'BatchMode=yes'],
    // No key of an agent comes before this one; and a busy guest may take its time to say hello.
    ...['IdentitiesOnly=yes', 'IdentityAgent=none', 'ConnectTimeout=20'],
  ].flatMap((option) => ['-o', option]);
  const { stdout } = await execute('ssh', ['-F', 'none', '-i', keyPath, ...options, `${user}@${host}`, command], {
    timeout: timeoutMs,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.trim();
}
