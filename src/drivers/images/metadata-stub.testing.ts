// A metadata service with just enough of AWS's manners for one guest's boot: IMDSv2 only, directory listings, versions.

import { createServer, type Server, type ServerResponse } from 'node:http';

export interface MetadataStub {
  /** What it says from now on: paths below the version, as `meta-data/instance-id`, and their contents. */
  say(contents: Readonly<Record<string, string | Uint8Array>>): void;
  /** Serves on a listening socket. */
  listen(fd: number): Promise<void>;
  /** What was asked for with a token, oldest first: `latest/user-data`. */
  readonly asked: string[];
  close(): Promise<void>;
}

const token = 'AQAEAtest==';
const versions = ['latest', '2021-03-23', '2018-09-24', '2016-09-02', '2009-04-04'];

export function createMetadataStub(): MetadataStub {
  let contents: Readonly<Record<string, string | Uint8Array>> = {};
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = (request.url ?? '').slice(1);
    if (request.method === 'PUT') return answer(response, path === 'latest/api/token' ? token : undefined);
    if (request.headers['x-aws-ec2-metadata-token'] !== token) return void response.writeHead(401).end();
    asked.push(path);
    const [version = '', ...rest] = path.split('/');
    answer(response, versions.includes(version) ? find(contents, rest.join('/')) : undefined);
  });
  return {
    say(next) {
      contents = next;
    },
    listen: (fd) => new Promise((resolve) => server.listen({ fd }, resolve)),
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(response: ServerResponse, content: string | Uint8Array | undefined): void {
  response.writeHead(content === undefined ? 404 : 200).end(content);
}

function find(contents: Readonly<Record<string, string | Uint8Array>>, path: string): string | Uint8Array | undefined {
  const exact = contents[path];
  if (exact !== undefined) return exact;
  const directory = path === '' || path.endsWith('/') ? path : `${path}/`;
  const below = Object.keys(contents).filter((each) => each.startsWith(directory));
  if (below.length === 0) return undefined;
  if (directory === 'meta-data/public-keys/') return '0=test';
  const names = below.map((each) => each.slice(directory.length).replace(/\/.*/, '/'));
  return [...new Set(names)].join('\n');
}
