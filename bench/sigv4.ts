// How long it takes to verify a signature with its key cached, against how long the JavaScript SDK takes to make it.
// Run with `npx tsx bench/sigv4.ts`. Medians of rounds, so that a busy machine does not decide.

import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { type VerifiableRequest, verifySignature } from '../src/aws/sigv4.ts';
import { parseCredential } from '../src/aws/sigv4-credential.ts';

export interface SigV4Benchmark {
  readonly verifyUs: number;
  readonly parseAndVerifyUs: number;
  readonly sdkSignUs: number;
}

const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const signedAt = new Date('2026-01-02T03:04:05Z');
const rounds = 15;
const callsPerRound = 4000;

/** DescribeInstances as the SDK sends it: the usual dozen headers, seven of them signed, and a short form body. */
export async function benchmarkSigV4(): Promise<SigV4Benchmark> {
  const body = Buffer.from('Action=DescribeInstances&Version=2016-11-15&InstanceId.1=i-0123456789abcdef0');
  const unsigned = new HttpRequest({
    method: 'POST',
    protocol: 'https:',
    hostname: 'ec2.us-east-1.amazonaws.com',
    path: '/',
    headers: {
      host: 'ec2.us-east-1.amazonaws.com',
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(body.length),
      'user-agent': 'aws-sdk-js/3.900.0 ua/2.1 os/linux lang/js md/nodejs#20.19.0',
      'x-amz-user-agent': 'aws-sdk-js/3.900.0',
      'amz-sdk-invocation-id': '2f0f1a3c-1111-4222-8333-444455556666',
      'amz-sdk-request': 'attempt=1; max=3',
    },
    body,
  });
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey };
  const signer = new SignatureV4({ service: 'ec2', region: 'us-east-1', credentials, sha256: Sha256 });
  const signed = await signer.sign(unsigned, { signingDate: signedAt });
  const request: VerifiableRequest = {
    method: signed.method,
    path: signed.path,
    query: '',
    headers: signed.headers,
    body,
  };
  const credential = parseCredential(request.headers, request.query);
  const nowMs = signedAt.getTime();
  return {
    verifyUs: await medianUs(() => void verifySignature(request, credential, secretAccessKey, nowMs)),
    parseAndVerifyUs: await medianUs(
      () => void verifySignature(request, parseCredential(request.headers, request.query), secretAccessKey, nowMs),
    ),
    sdkSignUs: await medianUs(() => signer.sign(unsigned, { signingDate: signedAt }), callsPerRound / 10),
  };
}

/** Of one call, by the median of rounds; in time on a processor, however busy the machine is. */
export async function medianUs(run: () => unknown, calls = callsPerRound): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const before = process.cpuUsage();
    for (let call = 0; call < calls; call++) {
      const result = run();
      if (result instanceof Promise) await result;
    }
    const { user, system } = process.cpuUsage(before);
    // The first round warms up.
    if (round > 0) times.push((user + system) / calls);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const { verifyUs, parseAndVerifyUs, sdkSignUs } = await benchmarkSigV4();
  console.log(`verify           ${verifyUs.toFixed(2)} µs`);
  console.log(`parse and verify ${parseAndVerifyUs.toFixed(2)} µs`);
  console.log(`the SDK's sign   ${sdkSignUs.toFixed(2)} µs`);
}
