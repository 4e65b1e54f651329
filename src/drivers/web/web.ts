// The door to web servers that users name: endpoints that are called on their behalf. Redirects are not followed.

export interface WebRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
}

export interface WebAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Its beginning. */
  readonly body: string;
}

export interface Web {
  /** Rejects when there is no answer in time. */
  send(request: WebRequest): Promise<WebAnswer>;
}

export const longestAnswerBytes = 64 * 1024;
