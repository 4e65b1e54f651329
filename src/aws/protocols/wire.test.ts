// The wire formats as AWS writes them, to the byte: what SDKs are too lenient to tell, and what older clients rely on.

import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { awsError } from '../errors.ts';
import { loadServiceModel, type ServiceId } from '../model.ts';
import { decodeCbor } from './cbor.ts';
import { protocolFor, protocols } from './protocol-for.ts';
import { decode, operationOf, refusal, request } from './wire.testing.ts';

describe('ec2', () => {
  const protocol = protocols.ec2;

  test('an answer', () => {
    const output = {
      Vpcs: [{ VpcId: 'vpc-1', IsDefault: true, Tags: [], CidrBlock: '10.0.0.0/16' }],
      NextToken: undefined,
    };
    const { status, headers, body } = protocol.encode(operationOf('ec2', 'DescribeVpcs'), output, 'id-1');
    expect(status).toBe(200);
    expect(headers).toEqual({ 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': 'id-1' });
    expect(body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<DescribeVpcsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>id-1</requestId>' +
        '<vpcSet><item><isDefault>true</isDefault><tagSet/><vpcId>vpc-1</vpcId><cidrBlock>10.0.0.0/16</cidrBlock></item></vpcSet></DescribeVpcsResponse>',
    );
  });

  test('an answer that says nothing but that it went well', () => {
    expect(protocol.encode(operationOf('ec2', 'DeleteVpc'), undefined, 'id-1').body).toContain(
      '<requestId>id-1</requestId><return>true</return></DeleteVpcResponse>',
    );
  });

  test('an error', () => {
    const { status, body } = protocol.encodeError(
      loadServiceModel('ec2'),
      awsError('InvalidVpcID.NotFound', "no '<vpc>'"),
      'id-1',
    );
    expect(status).toBe(400);
    expect(body).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code><Message>no '&lt;vpc&gt;'</Message></Error></Errors><RequestID>id-1</RequestID></Response>`,
    );
  });

  test('names, lists with gaps in any order, parameters in the query string', () => {
    const body =
      'Action=DescribeVpcs&Filter.10.Value.1=c&Filter.2.Value.2=b&Filter.2.Value.1=a&Filter.2.Name=vpc-id&Filter.10.Name=tag%3AName&Version=2016-11-15';
    expect(decode(protocol, 'ec2', 'DescribeVpcs', body, { query: 'VpcId.1=vpc-1&X-Amz-Date=x' })).toEqual({
      VpcIds: ['vpc-1'],
      Filters: [
        { Name: 'vpc-id', Values: ['a', 'b'] },
        { Name: 'tag:Name', Values: ['c'] },
      ],
    });
  });

  test('what it refuses', () => {
    expect(refusal(() => decode(protocol, 'ec2', 'DescribeVpcs', 'VpcIds.1=a'))).toEqual({
      code: 'UnknownParameter',
      message: 'The parameter VpcIds is not recognized',
      statusCode: 400,
    });
    expect(refusal(() => decode(protocol, 'ec2', 'DescribeVpcs', 'MaxResults=many'))).toMatchObject({
      code: 'InvalidParameterValue',
      message: expect.stringContaining('Value (many) for parameter MaxResults is invalid'),
    });
    expect(refusal(() => decode(protocol, 'ec2', 'DescribeVpcs', 'VpcId.x=a')).code).toBe('InvalidParameterValue');
    expect(refusal(() => decode(protocol, 'ec2', 'DescribeVpcs', 'VpcId.1=%zz'))).toMatchObject({
      code: 'MalformedQueryString',
    });
  });
});

describe('query', () => {
  const protocol = protocols.query;

  test('an answer', () => {
    const output = { Account: '000000000000', UserId: 'u', Arn: 'arn:aws:iam::000000000000:root' };
    expect(protocol.encode(operationOf('sts', 'GetCallerIdentity'), output, 'id-1')).toEqual({
      status: 200,
      headers: { 'content-type': 'text/xml', 'x-amzn-requestid': 'id-1' },
      body:
        '<?xml version="1.0" encoding="UTF-8"?>\n<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
        '<UserId>u</UserId><Account>000000000000</Account><Arn>arn:aws:iam::000000000000:root</Arn></GetCallerIdentityResult>' +
        '<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>',
    });
  });

  test('lists, maps and dates', () => {
    const groups = {
      AutoScalingGroups: [{ AutoScalingGroupName: 'g', CreatedTime: 1_700_000_000_123, Instances: [] }],
    };
    const body = protocol.encode(operationOf('autoscaling', 'DescribeAutoScalingGroups'), groups, 'id-1').body;
    expect(body).toContain('<AutoScalingGroups><member><AutoScalingGroupName>g</AutoScalingGroupName><Instances/>');
    expect(body).toContain('<CreatedTime>2023-11-14T22:13:20.123Z</CreatedTime>');
    const attributes = protocol.encode(
      operationOf('sns', 'GetTopicAttributes'),
      { Attributes: { Owner: 'a&b' } },
      'id-1',
    ).body;
    expect(attributes).toContain('<Attributes><entry><key>Owner</key><value>a&amp;b</value></entry></Attributes>');
  });

  test('an error', () => {
    const { status, body } = protocol.encodeError(loadServiceModel('iam'), awsError('NoSuchEntity', 'gone'), 'id-1');
    expect(status).toBe(404);
    expect(body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>gone</Message></Error><RequestId>id-1</RequestId></ErrorResponse>',
    );
  });

  test('lists with member, maps with entry, empty lists', () => {
    const body =
      'Action=PutMetricData&Namespace=n&MetricData.member.1.MetricName=m&MetricData.member.1.Dimensions=&MetricData.member.1.Values.member.1=1.5e3';
    expect(decode(protocol, 'cloudwatch', 'PutMetricData', body)).toEqual({
      Namespace: 'n',
      MetricData: [{ MetricName: 'm', Dimensions: [], Values: [1500] }],
    });
    const topic =
      'Name=t&Attributes.entry.1.key=DisplayName&Attributes.entry.1.value=x&Tags.member.1.Key=k&Tags.member.1.Value=';
    expect(decode(protocol, 'sns', 'CreateTopic', topic)).toEqual({
      Name: 't',
      Attributes: { DisplayName: 'x' },
      Tags: [{ Key: 'k', Value: '' }],
    });
  });

  test('SQS as SDKs before 2023 speak it', () => {
    const send =
      'Action=SendMessage&MessageBody=b&MessageAttribute.1.Name=n&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=v';
    const attributes = { n: { DataType: 'String', StringValue: 'v' } };
    expect(decode(protocol, 'sqs', 'SendMessage', send)).toEqual({ MessageBody: 'b', MessageAttributes: attributes });
    const receive = 'AttributeName.1=All&MessageAttributeName.1=a&MessageAttributeName.2=b';
    expect(decode(protocol, 'sqs', 'ReceiveMessage', receive)).toEqual({
      AttributeNames: ['All'],
      MessageAttributeNames: ['a', 'b'],
    });
    const messages = { Messages: [{ MessageId: 'm', Attributes: { SenderId: 's' }, MessageAttributes: attributes }] };
    expect(protocol.encode(operationOf('sqs', 'ReceiveMessage'), messages, 'id-1').body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<ReceiveMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><ReceiveMessageResult>' +
        '<Message><MessageId>m</MessageId><Attribute><Name>SenderId</Name><Value>s</Value></Attribute>' +
        '<MessageAttribute><Name>n</Name><Value><StringValue>v</StringValue><DataType>String</DataType></Value></MessageAttribute></Message>' +
        '</ReceiveMessageResult><ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></ReceiveMessageResponse>',
    );
    expect(protocol.encodeError(loadServiceModel('sqs'), awsError('QueueDoesNotExist', 'x'), 'id-1').body).toContain(
      '<Code>AWS.SimpleQueueService.NonExistentQueue</Code>',
    );
  });

  test('what it refuses', () => {
    expect(refusal(() => decode(protocol, 'cloudwatch', 'PutMetricData', 'MetricData.1.MetricName=m'))).toEqual({
      code: 'MalformedInput',
      message: 'Top level element may not be treated as a list',
      statusCode: 400,
    });
    expect(refusal(() => decode(protocol, 'cloudwatch', 'PutMetricData', 'MetricData.member.1=x')).message).toBe(
      'Unexpected complex element termination',
    );
    expect(refusal(() => decode(protocol, 'cloudwatch', 'PutMetricData', 'MetricData=x')).message).toBe(
      'Unexpected list element termination',
    );
    expect(refusal(() => decode(protocol, 'cloudwatch', 'PutMetricData', 'Namespace.x=y')).message).toBe(
      'Start of structure or map found where not expected.',
    );
  });
});

describe('json', () => {
  const protocol = protocols.json;

  test('an answer keeps to the model', () => {
    const output = { Table: { TableName: 't', CreationDateTime: 1_700_000_000_123, rowVersion: 7 } };
    const { headers, body } = protocol.encode(operationOf('dynamodb', 'DescribeTable'), output, 'id-1');
    expect(body).toBe('{"Table":{"TableName":"t","CreationDateTime":1700000000.123}}');
    expect(headers).toMatchObject({
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-requestid': 'id-1',
      'x-amz-crc32': '1933500072',
    });
    expect(protocol.encode(operationOf('ssm', 'PutParameter'), {}, 'id-1')).toMatchObject({
      body: '{}',
      headers: { 'content-type': 'application/x-amz-json-1.1' },
    });
  });

  test('errors', () => {
    const missing = protocol.encodeError(
      loadServiceModel('dynamodb'),
      awsError('ResourceNotFoundException', 'gone'),
      'id-1',
    );
    expect(missing.body).toBe(
      '{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"gone"}',
    );
    const syntax = protocol.encodeError(
      loadServiceModel('dynamodb'),
      awsError('SerializationException', 'bad'),
      'id-1',
    );
    expect(syntax.body).toBe('{"__type":"com.amazon.coral.service#SerializationException","Message":"bad"}');
    const queue = protocol.encodeError(
      loadServiceModel('sqs'),
      awsError('AWS.SimpleQueueService.NonExistentQueue', 'gone'),
      'id-1',
    );
    expect(queue.body).toBe('{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"gone"}');
    expect(queue.headers['x-amzn-query-error']).toBe('AWS.SimpleQueueService.NonExistentQueue;Sender');
    expect(protocol.encodeError(loadServiceModel('ecs'), awsError('ClientException', 'bad'), 'id-1').body).toBe(
      '{"__type":"ClientException","message":"bad"}',
    );
  });

  test('what it refuses', () => {
    const reason = (body: string) => refusal(() => decode(protocol, 'dynamodb', 'PutItem', body));
    expect(reason('{"TableName":1}')).toEqual({
      code: 'SerializationException',
      message: 'NUMBER_VALUE cannot be converted to String',
      statusCode: 400,
    });
    expect(reason('{"TableName":true}').message).toBe('TRUE_VALUE cannot be converted to String');
    expect(reason('{"TableName":["a"]}').message).toBe('Start of list found where not expected');
    expect(reason('{"TableName":{}}').message).toBe('Start of structure or map found where not expected.');
    expect(reason('{"Item":{"a":{"B":"not base64!"}}}').message).toBe('STRING_VALUE cannot be converted to Blob');
    expect(reason('[]').message).toBe('Start of list found where not expected');
    expect(reason('{').code).toBe('SerializationException');
    expect(decode(protocol, 'dynamodb', 'PutItem', '{"TableName":null,"Unknown":1}')).toEqual({});
  });

  test('a compressed request, and one that only says so', () => {
    const body = '{"TableName":"t"}';
    const send = (encoding: string, sent: Uint8Array) =>
      protocol.decode(
        operationOf('dynamodb', 'DescribeTable'),
        request(sent, { headers: { 'content-encoding': encoding } }),
        {},
      );
    expect(send('gzip', gzipSync(body))).toEqual({ TableName: 't' });
    expect(send('deflate', deflateSync(body))).toEqual({ TableName: 't' });
    for (const encoding of ['identity', 'amz-1.0'])
      expect(send(encoding, Buffer.from(body))).toEqual({ TableName: 't' });
    for (const encoding of ['gzip', 'deflate', 'br'])
      expect(refusal(() => send(encoding, Buffer.from(body)))).toMatchObject({ code: 'SerializationException' });
    expect(refusal(() => send('gzip', gzipSync(Buffer.alloc(17 * 1024 * 1024, ' '))))).toMatchObject({
      code: 'SerializationException',
    });
  });

  test('blobs without their padding, and requests that are nothing, are refused', () => {
    const put = (p: string) => decode(protocol, 'dynamodb', 'PutItem', `{"Item":{"p":{"B":"${p}"}}}`);
    expect(put('YWI=')).toEqual({ Item: { p: { B: new Uint8Array([97, 98]) } } });
    expect(refusal(() => put('YWI'))).toMatchObject({ code: 'SerializationException' });
    expect(refusal(() => decode(protocol, 'dynamodb', 'ListTables', 'null'))).toMatchObject({
      code: 'SerializationException',
    });
  });
});

describe('rpc-v2-cbor', () => {
  test('answers and errors', () => {
    const protocol = protocols['smithy-rpc-v2-cbor'];
    const answer = protocol.encode(
      operationOf('cloudwatch', 'GetMetricStatistics'),
      { Label: 'l', Datapoints: [{ Timestamp: 1000, Sum: 3 }] },
      'id-1',
    );
    expect(answer.headers).toEqual({
      'content-type': 'application/cbor',
      'smithy-protocol': 'rpc-v2-cbor',
      'x-amzn-requestid': 'id-1',
    });
    expect(Buffer.from(answer.body as Uint8Array).toString('hex')).toBe(
      `a2654c6162656c616c6a44617461706f696e747381a26954696d657374616d70c1016353756dfb4008000000000000`,
    );
    const error = protocol.encodeError(
      loadServiceModel('cloudwatch'),
      awsError('ResourceNotFound', 'gone', 404),
      'id-1',
    );
    expect(decodeCbor(error.body as Uint8Array)).toEqual({ __type: 'ResourceNotFound', message: 'gone' });
    expect(error).toMatchObject({ status: 404, headers: { 'x-amzn-query-error': 'ResourceNotFound;Sender' } });
    expect(refusal(() => decode(protocol, 'cloudwatch', 'PutMetricData', 'x')).code).toBe('SerializationException');
  });
});

test('the protocol that a request speaks', () => {
  const chosen = (id: ServiceId, headers: Record<string, string>, query = '', method = 'POST') =>
    protocolFor(loadServiceModel(id), { method, headers, query }).name;
  expect(chosen('sqs', { 'x-amz-target': 'AmazonSQS.SendMessage', 'content-type': 'application/x-amz-json-1.0' })).toBe(
    'json',
  );
  expect(chosen('sqs', { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' })).toBe('query');
  expect(chosen('sqs', {}, 'Action=ListQueues')).toBe('query');
  expect(chosen('sqs', {})).toBe('json');
  expect(chosen('sqs', {}, '', 'GET')).toBe('query');
  expect(chosen('cloudwatch', { 'smithy-protocol': 'rpc-v2-cbor' })).toBe('smithy-rpc-v2-cbor');
  expect(chosen('cloudwatch', { 'x-amz-target': 'GraniteServiceVersion20100801.ListMetrics' })).toBe('json');
  expect(chosen('cloudwatch', { 'content-type': 'application/x-www-form-urlencoded' })).toBe('query');
  expect(chosen('ec2', {})).toBe('ec2');
  expect(chosen('s3', { 'content-type': 'application/x-www-form-urlencoded' })).toBe('rest-xml');
});
