// A web for tests and simulations: remembers what was sent, and answers as it is told.

import type { Web, WebAnswer, WebRequest } from './web.ts';

export interface FakeWeb extends Web {
  readonly sent: readonly WebRequest[];
  /** How requests are answered from now on; what it throws is a server that cannot be reached. */
  answerBy(answer: (request: WebRequest) => Partial<WebAnswer>): void;
}

export function createFakeWeb(): FakeWeb {
  const sent: WebRequest[] = [];
  let answer: (request: WebRequest) => Partial<WebAnswer> = () => ({});
  return {
    sent,
    answerBy(next) {
      answer = next;
    },
    async send(request) {
      sent.push(request);
      return { status: 200, headers: {}, body: '', ...answer(request) };
    },
  };
}
