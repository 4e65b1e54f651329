// A user's web server that topics deliver to: it believes nothing that is not signed with the key of the certificate that
// the message names, and keeps the rest.
// https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html

import { createVerify, X509Certificate } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Webhook {
  readonly url: string;
  /** Genuine messages, in the order in which they came. */
  readonly messages: readonly TopicMessage[];
  /** Why others were refused. */
  readonly refused: readonly string[];
  close(): void;
}

export interface TopicMessage {
  readonly Type: 'SubscriptionConfirmation' | 'Notification' | 'UnsubscribeConfirmation';
  readonly MessageId: string;
  readonly TopicArn: string;
  readonly Message: string;
  readonly Token?: string;
  readonly SubscribeURL?: string;
}

const confirmationMembers = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
const notificationMembers = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'];

export async function openWebhook(): Promise<Webhook> {
  const messages: TopicMessage[] = [];
  const refused: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const isGenuine = await isSigned(JSON.parse(body)).catch(() => false);
    if (isGenuine) messages.push(JSON.parse(body) as TopicMessage);
    else refused.push(body);
    response.writeHead(isGenuine ? 200 : 403).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/uploads`,
    messages,
    refused,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function isSigned(message: Readonly<Record<string, string>>): Promise<boolean> {
  const { Type, SignatureVersion, Signature = '', SigningCertURL = '' } = message;
  const names = Type === 'Notification' ? notificationMembers : confirmationMembers;
  const text = names.filter((name) => name in message).map((name) => `${name}\n${message[name]}\n`);
  const certificate = new X509Certificate(await (await fetch(SigningCertURL)).text());
  return createVerify(SignatureVersion === '2' ? 'RSA-SHA256' : 'RSA-SHA1')
    .update(text.join(''))
    .verify(certificate.publicKey, Signature, 'base64');
}
