import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile.ts';
import { PolicyFault } from './policy-fault.ts';
import { type PolicyType, validatePolicy } from './validate-policy.ts';

function faultOf(document: unknown, type: PolicyType): string | undefined {
  try {
    validatePolicy(typeof document === 'string' ? document : JSON.stringify(document), type);
    return undefined;
  } catch (error) {
    if (error instanceof PolicyFault) return error.message;
    throw error;
  }
}

const statement = { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::bucket' };
const { Effect, Action, Resource } = statement;
const of = (...statements: readonly object[]): object => ({ Version: '2012-10-17', Statement: statements });
const withElement = (name: string, value: unknown): object => of({ ...statement, [name]: value });
const withResource = (value: unknown): object => withElement('Resource', value);
const withAction = (value: unknown): object => withElement('Action', value);
const withCondition = (value: unknown): object => withElement('Condition', value);

const syntax = 'Syntax errors in policy.';
const version = 'Policy document must be version 2012-10-17 or greater.';
const legacy = 'The policy failed legacy parsing';
const noActions = 'Policy statement must contain actions.';
const noResources = 'Policy statement must contain resources.';
const sameSids = 'Statement IDs (SID) in a single policy must be unique.';
const vendor = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.';
const colons = 'Actions/Condition can contain only one colon.';
const notFull = 'Resource vendor must be fully qualified and cannot contain regexes.';
const iamPath =
  'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.';

type Line = readonly [what: string, document: unknown, fault: string | undefined];

const shapes: readonly Line[] = [
  ['a text that is no JSON', 'a policy', syntax],
  ['JSON that is no object', [], syntax],
  ['nothing', '', syntax],
  ['no statement', { Version: '2012-10-17' }, syntax],
  ['an empty list of statements', of(), syntax],
  ['a statement that is a text', { Version: '2012-10-17', Statement: ['x'] }, syntax],
  ['another member', { ...of(statement), Comment: 'x' }, syntax],
  ['another element', withElement('Comment', 'x'), syntax],
  ['a member of the name of a function', '{"Version":"2012-10-17","Statement":[],"__proto__":{}}', syntax],
  ['an element of such a name', withElement('constructor', 'x'), syntax],
  ['a statement by itself', { Version: '2012-10-17', Statement: statement }, undefined],
  ['an id', { ...of(statement), Id: 'mine' }, undefined],
  ['an id that is a list', { ...of(statement), Id: ['mine'] }, syntax],
  ['a version that there is not', { ...of(statement), Version: '2013-10-17' }, syntax],
  ['the older version', { ...of(statement), Version: '2008-10-17' }, version],
  ['no version', { Statement: statement }, version],
  [
    'a member twice',
    '{"Version":"2012-10-17","Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
    syntax,
  ],
  [
    'an element twice',
    '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}}',
    syntax,
  ],
  ['a key twice in different statements', of({ Effect, Action, Resource }, { Effect, Action, Resource }), undefined],
  ['no effect', of({ Action, Resource }), syntax],
  ['another effect', withElement('Effect', 'Permit'), syntax],
  ['an effect in other case', withElement('Effect', 'allow'), legacy],
  ['an effect in other case, and no version', { Statement: { ...statement, Effect: 'denY' } }, version],
  ['a sid that is no text', withElement('Sid', {}), syntax],
  ['a sid of letters and digits', withElement('Sid', 'Statement1'), undefined],
  [
    'a sid of other characters',
    withElement('Sid', 'my-statement'),
    'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
  ],
  ['a sid twice', of({ ...statement, Sid: 'a' }, { Sid: 'a', Effect }), sameSids],
  ['empty sids', of({ ...statement, Sid: '' }, { ...statement, Sid: '' }), undefined],
  ['a principal', withElement('Principal', '*'), 'Policy document should not specify a principal.'],
  ['a NotPrincipal', withElement('NotPrincipal', { AWS: '*' }), 'Policy document should not specify a principal.'],
];

const actions: readonly Line[] = [
  ['no action', of({ Effect, Resource }), noActions],
  ['an empty list', withAction([]), noActions],
  ['a list of nulls', withAction([null]), noActions],
  ['an object', withAction({}), syntax],
  ['lists in lists', withAction([[]]), syntax],
  ['a number', withAction(3), syntax],
  ['an action and a NotAction', withElement('NotAction', 's3:GetObject'), syntax],
  ['everything', withAction('*'), undefined],
  ['a word', withAction('ListBucket'), vendor],
  ['a word, and no resource', of({ Effect, Action: 'ListBucket' }), vendor],
  ['an empty NotAction', of({ Effect, NotAction: '', Resource }), vendor],
  ['two colons', withAction('s3:List:Bucket'), colons],
  ['two colons in a later statement', of(statement, { ...statement, Action: 'a:b:c' }), colons],
  ['a space in the vendor', withAction('a a:ListBucket'), 'Vendor a a is not valid'],
  ['an asterisk in the vendor', withAction('s*:ListBucket'), 'Vendor s* is not valid'],
  ['a vendor that there is not', withAction('no-such.vendor:Do'), undefined],
  ['odd names of actions', withAction('iam: odd name '), undefined],
  ['wildcards', withAction(['s3:*', 's3:?et*']), undefined],
];

const resources: readonly Line[] = [
  ['no resource', of({ Effect, Action }), noResources],
  ['an empty list', withResource([]), noResources],
  ['a null among others', withResource([Resource, null]), undefined],
  ['an object', withResource({ a: 'arn:aws:s3:::x' }), syntax],
  ['a resource and a NotResource', withElement('NotResource', '*'), syntax],
  ['an empty text', withResource(''), 'Resource  must be in ARN format or "*".'],
  ['a word', withResource('bucket'), 'Resource bucket must be in ARN format or "*".'],
  [
    'a word before a faulty action',
    of({ Effect, Action: 'a:b:c', Resource: 'bucket' }),
    'Resource bucket must be in ARN format or "*".',
  ],
  ['another partition', withResource('arn:bws:s3:::b'), 'Partition "bws" is not valid for resource "arn:bws:s3:::b".'],
  [
    'an ARN that stops at the partition',
    withResource('a:bws'),
    'Partition "bws" is not valid for resource "arn:bws:*:*:*:*".',
  ],
  [
    'an ARN that stops at the vendor',
    withResource('a:b:s3'),
    'Partition "b" is not valid for resource "arn:b:s3:*:*:*".',
  ],
  [
    'more colons than needed',
    withResource('a:b:c:d:e:f:g:h'),
    'Partition "b" is not valid for resource "arn:b:c:d:e:f:g:h".',
  ],
  ['no prefix', withResource('aws:s3:::bucket'), 'Partition "s3" is not valid for resource "arn:s3:::bucket:*".'],
  [
    'other partitions that AWS has',
    withResource(['arn:aws-cn:s3:::b', 'arn:aws-us-gov:s3:::b', 'arn:*:s3:::b']),
    undefined,
  ],
  ['no vendor', withResource('arn:aws'), notFull],
  ['a pattern for a vendor', withResource('arn:aws:s*:::b'), notFull],
  ['a vendor that there is not', withResource('arn:aws:invented:::b'), undefined],
  ['only a vendor', withResource('arn:aws:sqs'), undefined],
  ['a part too few', withResource('arn:aws:s3::bucket'), legacy],
  ['a part too few in NotResource', of({ Effect, Action, NotResource: 'arn:aws:s3::bucket' }), legacy],
  ['a part too few, and no action', of({ Effect, Resource: 'arn:aws:s3::bucket' }), legacy],
  ['an empty vendor', withResource('arn:aws::::bucket'), legacy],
  [
    'S3 in a region',
    withResource('arn:aws:s3:us-east-1::b'),
    'Resource arn:aws:s3:us-east-1::b can not contain region information.',
  ],
  [
    'access points of S3 in a region',
    withResource('arn:aws:s3:us-west-2:123456789012:accesspoint/ap/object/*'),
    undefined,
  ],
  [
    'IAM in a region',
    withResource('arn:aws:iam:us-east-1::user/x'),
    'IAM resource arn:aws:iam:us-east-1::user/x cannot contain region information.',
  ],
  ['IAM with another path', withResource('arn:aws:iam:::bucket'), iamPath],
  ['IAM with a path of its own', withResource(['arn:aws:iam::123456789012:user/x', 'arn:aws:iam::*:*']), undefined],
];

const conditions: readonly Line[] = [
  ['a list', withCondition([]), syntax],
  ['a text', withCondition('x'), syntax],
  ['an operator for a text', withCondition({ StringEquals: 'x' }), syntax],
  ['an operator for a list', withCondition({ StringEquals: [] }), syntax],
  ['an object for a value', withCondition({ StringEquals: { 'aws:username': {} } }), syntax],
  ['an operator that there is not', withCondition({ StringMatches: { 'aws:username': 'x' } }), syntax],
  ['such an operator of nothing', withCondition({ StringMatches: {} }), undefined],
  ['a set operator with two colons', withCondition({ 'ForAnyValue::StringEquals': { a: 'x' } }), syntax],
  ['nothing', withCondition({}), undefined],
  ['no values', withCondition({ DateGreaterThan: { 'aws:CurrentTime': [] } }), undefined],
  [
    'set operators and IfExists',
    withCondition({ 'ForAnyValue:StringEqualsIfExists': { 'aws:TagKeys': ['a'] } }),
    undefined,
  ],
  [
    'truths and numbers',
    withCondition({ Bool: { 'aws:SecureTransport': true }, NumericEquals: { 's3:max-keys': 10 } }),
    undefined,
  ],
  ['no date', withCondition({ DateGreaterThan: { 'aws:CurrentTime': 'soon' } }), legacy],
  [
    'no date, in the older version',
    { ...withCondition({ DateGreaterThan: { a: 'soon' } }), Version: '2008-10-17' },
    version,
  ],
  [
    'no date, before a faulty resource',
    of({ ...statement, Resource: 'x', Condition: { DateEquals: { a: 'soon' } } }),
    legacy,
  ],
  ['a thirteenth month', withCondition({ DateEquals: { a: '2016-13' } }), legacy],
  ['an offset of one digit', withCondition({ DateEquals: { a: '2016-12-13t2:00:00+1' } }), legacy],
  ['more than nanoseconds', withCondition({ DateEquals: { a: '2016-12-13T02:00:00.1999999999+10:59' } }), legacy],
  ['more seconds than a long holds', withCondition({ DateEquals: { a: '9223372036854775808' } }), legacy],
  [
    'short and odd dates',
    withCondition({ DateEquals: { a: ['01T', '-292275054', '2016-12-13t2:00:00.593194+23', '1577836800'] } }),
    undefined,
  ],
  ['no address', withCondition({ IpAddress: { 'aws:SourceIp': '203.0.113.0/33' } }), legacy],
  [
    'addresses',
    withCondition({ IpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '2001:db8::/32', '10.0.0.1'] } }),
    undefined,
  ],
  ['no number', withCondition({ NumericEquals: { 's3:max-keys': 'ten' } }), legacy],
];

const assume = { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' };
const trusting = (Principal: unknown): object => of({ ...assume, Principal });
const noPrincipals =
  'Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in policy has a statement with no principals!';

const trust: readonly Line[] = [
  ['a text that is no JSON', 'some policy', 'This policy contains invalid Json'],
  ['an empty object', {}, syntax],
  ['an account', of(assume), undefined],
  ['no version', { Statement: assume }, undefined],
  ['a resource', of({ ...assume, Resource: '*' }), 'Has prohibited field Resource.'],
  ['a NotResource', of({ ...assume, NotResource: '*' }), 'Has prohibited field Resource.'],
  ['a NotPrincipal', of({ Effect, Action: 'sts:AssumeRole', NotPrincipal: '*' }), 'Has prohibited field NotPrincipal.'],
  ['nobody', of({ Effect, Action: 'sts:AssumeRole' }), noPrincipals],
  ['an empty map', trusting({}), noPrincipals],
  ['an empty list', trusting({ AWS: [] }), noPrincipals],
  ['everybody', trusting('*'), undefined],
  ['everybody of AWS', trusting({ AWS: '*' }), undefined],
  ['a text', trusting('alice'), 'Invalid principal in policy: "AWS":"alice"'],
  ['a name', trusting({ AWS: 'alice' }), 'Invalid principal in policy: "AWS":"alice"'],
  [
    'an account of eleven digits',
    trusting({ AWS: 'arn:aws:iam::12345678910:root' }),
    'Invalid principal in policy: "AWS":"arn:aws:iam::12345678910:root"',
  ],
  [
    'a group',
    trusting({ AWS: 'arn:aws:iam::111122223333:group/g' }),
    'Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:group/g"',
  ],
  [
    'part of a name',
    trusting({ AWS: 'arn:aws:iam::111122223333:role/*' }),
    'Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:role/*"',
  ],
  [
    'a role, a user, a session, an id',
    trusting({
      AWS: [
        'arn:aws:iam::111122223333:role/a/b',
        'arn:aws:iam::111122223333:user/x',
        'arn:aws:sts::111122223333:assumed-role/r/s',
        'AROAEXAMPLEROLEEXAMP1',
      ],
    }),
    undefined,
  ],
  ['services', trusting({ Service: ['ec2.amazonaws.com', 'states.eu-west-1.amazonaws.com'] }), undefined],
  ['no service', trusting({ Service: 'ec2' }), 'Invalid principal in policy: "SERVICE":"ec2"'],
  [
    'providers',
    trusting({
      Federated: [
        'accounts.google.com',
        'arn:aws:iam::111122223333:oidc-provider/idp.example.com',
        'arn:aws:iam::111122223333:saml-provider/x',
      ],
    }),
    undefined,
  ],
  ['no provider', trusting({ Federated: 'google' }), 'Invalid principal in policy: "FEDERATED":"google"'],
  ['another kind', trusting({ AWS: '*', Robot: [] }), 'Invalid principal in policy: "ROBOT":""'],
  ['no action', of({ Effect, Principal: '*' }), noActions],
  [
    'actions of STS',
    of({ ...assume, Action: ['sts:AssumeRole', 'STS:tagsession', 'sts:SetSourceIdentity'] }),
    undefined,
  ],
  [
    'another action of STS',
    of({ ...assume, Action: 'sts:BadAssumeRole' }),
    'Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity',
  ],
  [
    "another service's action",
    of({ ...assume, Action: 's3:GetObject' }),
    'AssumeRole policy may only specify STS AssumeRole actions.',
  ],
  [
    'all but some actions',
    of({ Effect, Principal: '*', NotAction: 'sts:AssumeRole' }),
    'AssumeRole policy may only specify STS AssumeRole actions.',
  ],
];

const ofResources: readonly Line[] = [
  ['somebody', of({ ...statement, Principal: { AWS: '111122223333' } }), undefined],
  ['the older version', { ...of({ ...statement, Principal: '*' }), Version: '2008-10-17' }, undefined],
  ['nobody', of(statement), noPrincipals],
  [
    'all but somebody',
    of({ ...statement, Effect: 'Deny', NotPrincipal: { CanonicalUser: 'a'.repeat(64) } }),
    undefined,
  ],
  ['a sid with spaces', of({ ...statement, Principal: '*', Sid: 'let all in' }), undefined],
];

describe.each([
  ['identity', 'shapes', shapes],
  ['identity', 'actions', actions],
  ['identity', 'resources', resources],
  ['identity', 'conditions', conditions],
  ['scp', 'shapes', shapes],
  ['trust', 'trust policies', trust],
  ['resource', 'policies of resources', ofResources],
] as const)('validatePolicy of %s: %s', (type, _, lines) => {
  it.each(lines)('%s', (_what, document, fault) => {
    expect(faultOf(document, type)).toBe(fault);
  });

  it('takes only what can be compiled', () => {
    for (const [, document, fault] of lines) {
      if (fault === undefined) expect(() => compilePolicy(JSON.stringify(document))).not.toThrow();
    }
  });
});
