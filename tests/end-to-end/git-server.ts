// A git repository with a small Node application, served over HTTP as any static server can serve one.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';

export interface GitServer {
  readonly port: number;
  close(): Promise<void>;
}

const application = `const express = require('express');
const app = express();
app.get('/home', (request, response) => response.send('Hello from ' + process.pid + ' worker ' + (process.env.NODE_APP_INSTANCE ?? 'none') + '\\n'));
app.listen(3005, () => console.log('listening on 3005'));
`;

/** Serves `/app.git` on every address of the host, at a port of its own. */
export async function serveApplication(): Promise<GitServer> {
  const folder = mkdtempSync(join(tmpdir(), 'cloudlet-git-'));
  const source = join(folder, 'app');
  mkdirSync(source);
  writeFileSync(join(source, 'index.js'), application);
  writeFileSync(
    join(source, 'package.json'),
    JSON.stringify({ name: 'app', version: '1.0.0', dependencies: { express: '^4' } }),
  );
  const git = (...argv: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main', ...argv], {
      cwd: source,
      stdio: 'ignore',
    });
  git('init');
  git('add', '.');
  git('commit', '-m', 'A page');
  git('clone', '--bare', source, join(folder, 'app.git'));
  execFileSync('git', ['update-server-info'], { cwd: join(folder, 'app.git') });

  const server = createServer((request, response) => {
    const path = join(folder, normalize(`/${(request.url ?? '/').split('?')[0]}`));
    const file = statSync(path, { throwIfNoEntry: false });
    if (!file?.isFile()) return void response.writeHead(404).end();
    return void response.end(readFileSync(path));
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the git server has no port');
  return {
    port: address.port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}
