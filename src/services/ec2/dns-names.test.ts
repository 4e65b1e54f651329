// Names of addresses, in AWS's spelling, and back.

import { expect, test } from 'vitest';
import {
  parsePrivateDnsName,
  parsePublicDnsName,
  parseReverseDnsName,
  privateDnsName,
  publicDnsName,
} from './dns-names.ts';

test('private names', () => {
  expect(privateDnsName('172.31.5.6', 'eu-west-1')).toBe('ip-172-31-5-6.eu-west-1.compute.internal');
  expect(privateDnsName('172.31.5.6', 'us-east-1')).toBe('ip-172-31-5-6.ec2.internal');
  expect(parsePrivateDnsName('IP-172-31-5-6.ec2.internal', 'us-east-1')).toBe('172.31.5.6');
  expect(parsePrivateDnsName('ip-172-31-5-6.ec2.internal', 'eu-west-1')).toBeUndefined();
});

test('public names', () => {
  expect(publicDnsName('198.18.0.5', 'eu-west-1')).toBe('ec2-198-18-0-5.eu-west-1.compute.amazonaws.com');
  expect(publicDnsName('198.18.0.5', 'us-east-1')).toBe('ec2-198-18-0-5.compute-1.amazonaws.com');
  expect(parsePublicDnsName('ec2-198-18-0-5.compute-1.amazonaws.com', 'us-east-1')).toBe('198.18.0.5');
});

test.each([
  'ip-172-31-5.ec2.internal',
  'ip-172-31-5-256.ec2.internal',
  'ip-172-31-05-6.ec2.internal',
  'ip-.ec2.internal',
])('%s is the name of no address', (name) => expect(parsePrivateDnsName(name, 'us-east-1')).toBeUndefined());

test('reverse names', () => {
  expect(parseReverseDnsName('6.5.31.172.in-addr.arpa')).toBe('172.31.5.6');
  expect(parseReverseDnsName('5.31.172.in-addr.arpa')).toBeUndefined();
  expect(parseReverseDnsName('example.com')).toBeUndefined();
});
