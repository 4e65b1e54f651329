// The wire formats of the REST protocols as AWS writes them, to the byte.

import { describe, expect, test } from 'vitest';
import { awsError } from '../errors.ts';
import { loadServiceModel } from '../model.ts';
import { protocols } from './protocol-for.ts';
import { decode, operationOf, refusal } from './wire.testing.ts';

describe('rest-json', () => {
  const protocol = protocols['rest-json'];

  test('labels, query, headers and a raw payload', () => {
    const more = { query: 'Qualifier=v%201', headers: { 'x-amz-invocation-type': 'Event' } };
    expect(decode(protocol, 'lambda', 'Invoke', '{"a":1}', more, { FunctionName: 'f' })).toEqual({
      FunctionName: 'f',
      Qualifier: 'v 1',
      InvocationType: 'Event',
      Payload: Buffer.from('{"a":1}'),
    });
    const output = { StatusCode: 202, Payload: Buffer.from('x'), ExecutedVersion: '$LATEST' };
    expect(protocol.encode(operationOf('lambda', 'Invoke'), output, 'id-1')).toEqual({
      status: 202,
      headers: {
        'content-type': 'application/octet-stream',
        'x-amz-executed-version': '$LATEST',
        'x-amzn-requestid': 'id-1',
      },
      body: Buffer.from('x'),
    });
  });

  test('many values of one query parameter', () => {
    const labels = { resourceArn: 'arn' };
    expect(decode(protocol, 'eks', 'UntagResource', '', { query: 'tagKeys=a&tagKeys=b%2Cc' }, labels)).toEqual({
      resourceArn: 'arn',
      tagKeys: ['a', 'b,c'],
    });
  });

  test('status codes and empty answers', () => {
    expect(protocol.encode(operationOf('lambda', 'CreateFunction'), { FunctionName: 'f' }, 'id-1')).toMatchObject({
      status: 201,
      body: '{"FunctionName":"f"}',
    });
    expect(protocol.encode(operationOf('lambda', 'DeleteAlias'), {}, 'id-1')).toMatchObject({ status: 204, body: '' });
  });

  test('an error', () => {
    const { status, headers, body } = protocol.encodeError(
      loadServiceModel('lambda'),
      awsError('ResourceConflictException', 'exists'),
      'id-1',
    );
    expect({ status, type: headers['x-amzn-errortype'], body }).toEqual({
      status: 409,
      type: 'ResourceConflictException',
      body: '{"Type":"User","message":"exists"}',
    });
  });
});

describe('rest-xml', () => {
  const protocol = protocols['rest-xml'];

  test('S3 answers', () => {
    const list = {
      Name: 'b',
      Contents: [{ Key: 'a&b\u0001', Size: 1, LastModified: 1_700_000_000_000 }, { Key: 'c' }],
      CommonPrefixes: [],
    };
    expect(protocol.encode(operationOf('s3', 'ListObjectsV2'), list, 'id-1').body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
        '<Name>b</Name><Contents><Key>a&amp;b&#x1;</Key><LastModified>2023-11-14T22:13:20.000Z</LastModified><Size>1</Size></Contents><Contents><Key>c</Key></Contents></ListBucketResult>',
    );
    expect(
      protocol.encode(operationOf('s3', 'GetBucketLocation'), { LocationConstraint: 'eu-west-1' }, 'id-1').body,
    ).toContain('<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>');
    const acl = { Grants: [{ Grantee: { Type: 'CanonicalUser', ID: 'x' }, Permission: 'READ' }] };
    expect(protocol.encode(operationOf('s3', 'GetBucketAcl'), acl, 'id-1').body).toContain(
      '<AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>x</ID></Grantee><Permission>READ</Permission></Grant></AccessControlList>',
    );
  });

  test('S3 headers', () => {
    const head = {
      ContentLength: 3,
      LastModified: 1_700_000_000_000,
      Metadata: { a: 'é' },
      ETag: '"e"',
      DeleteMarker: false,
    };
    const { headers, body, status } = protocol.encode(operationOf('s3', 'HeadObject'), head, 'id-1');
    expect({ status, body }).toEqual({ status: 200, body: '' });
    expect(headers).toMatchObject({
      'content-length': '3',
      'last-modified': 'Tue, 14 Nov 2023 22:13:20 GMT',
      'x-amz-meta-a': '=?UTF-8?B?w6k=?=',
      etag: '"e"',
      'x-amz-delete-marker': 'false',
      'x-amz-request-id': 'id-1',
    });
  });

  test('errors', () => {
    const error = awsError('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: 'b<' });
    expect(protocol.encodeError(loadServiceModel('s3'), error, 'id-1').body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message><BucketName>b&lt;</BucketName><RequestId>id-1</RequestId><HostId>Y2xvdWRsZXQgaWQtMQ==</HostId></Error>',
    );
    expect(protocol.encodeError(loadServiceModel('s3'), error, 'id-1', operationOf('s3', 'HeadBucket'))).toMatchObject({
      status: 404,
      body: '',
    });
    expect(
      protocol.encodeError(loadServiceModel('route53'), awsError('NoSuchHostedZone', 'gone'), 'id-1'),
    ).toMatchObject({
      status: 404,
      body: expect.stringContaining(
        '<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type><Code>NoSuchHostedZone</Code>',
      ),
    });
  });

  test('bodies: prefixes, comments, CDATA, order and repetition do not matter', () => {
    const body =
      '<?xml version="1.0"?><!-- c --><s:Delete xmlns:s="http://s3.amazonaws.com/doc/2006-03-01/"><s:Object><s:Key><![CDATA[a<b]]></s:Key></s:Object>\n<s:Quiet>true</s:Quiet><s:Object><s:Key>c&amp;d</s:Key></s:Object></s:Delete>';
    expect(decode(protocol, 's3', 'DeleteObjects', body, {}, { Bucket: 'b' })).toEqual({
      Bucket: 'b',
      Delete: { Objects: [{ Key: 'a<b' }, { Key: 'c&d' }], Quiet: true },
    });
  });

  test('what it refuses', () => {
    const malformed = 'The XML you provided was not well-formed or did not validate against our published schema';
    const bodies = [
      '<Delete>',
      '<Wrong/>',
      'text',
      '<!DOCTYPE Delete [<!ENTITY a "b">]><Delete><Quiet>&a;</Quiet></Delete>',
      '<Delete>&unknown;</Delete>',
      '<Delete><Quiet>maybe</Quiet></Delete>',
      '<Delete><Object>text</Object></Delete>',
      '<Delete><Quiet><a/></Quiet></Delete>',
      `${'<Delete>'.repeat(100)}${'</Delete>'.repeat(100)}`,
    ];
    for (const body of bodies)
      expect(
        refusal(() => decode(protocol, 's3', 'DeleteObjects', body)),
        body,
      ).toEqual({ code: 'MalformedXML', message: malformed, statusCode: 400 });
    expect(refusal(() => decode(protocol, 's3', 'ListObjectsV2', '', { query: 'max-keys=many' }))).toMatchObject({
      code: 'InvalidArgument',
    });
    expect(refusal(() => decode(protocol, 'route53', 'CreateHostedZone', '<a'))).toMatchObject({
      code: 'InvalidInput',
    });
  });
});
