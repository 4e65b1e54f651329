// A web server that takes whatever topics post to it and keeps it, unjudged.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Inbox {
  readonly url: string;
  /** In the order in which they came. */
  readonly messages: readonly Readonly<Record<string, string>>[];
  close(): void;
}

export async function openInbox(): Promise<Inbox> {
  const messages: Readonly<Record<string, string>>[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    messages.push(JSON.parse(body) as Readonly<Record<string, string>>);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    messages,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
