import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { CheckedBody } from './payload-hash.ts';

async function read(declared: string): Promise<string> {
  async function* source() {
    yield Buffer.from('hello ');
    yield Buffer.from('world');
  }
  let text = '';
  for await (const piece of new CheckedBody(source(), declared)) text += Buffer.from(piece).toString();
  return text;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

it('passes on a body that has its hash, and refuses one that has not', async () => {
  expect(await read(sha256('hello world'))).toBe('hello world');
  await expect(read(sha256('hello'))).rejects.toMatchObject({
    code: 'XAmzContentSHA256Mismatch',
    fields: { ClientComputedContentSHA256: sha256('hello'), S3ComputedContentSHA256: sha256('hello world') },
  });
});
