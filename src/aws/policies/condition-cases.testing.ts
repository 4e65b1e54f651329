// What AWS documents of every condition operator, as rows: an operator, what the policy wants of a key, what the request says
// of it, and whether the condition holds.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

export interface ConditionRow {
  readonly operator: string;
  readonly wanted: unknown;
  /** Undefined: the key is not in the request. */
  readonly actual: readonly string[] | undefined;
  readonly holds: boolean;
  /** Of the policy; 2012-10-17 unless given. */
  readonly version?: string;
}

/** The keys that variables in the rows ask for. Others have no value. */
export const variableValues: Readonly<Record<string, readonly string[]>> = {
  'aws:username': ['alice'],
  'aws:userid': ['AIDAALICEALICEALICE12'],
  'aws:principaltag/team': ['yellow'],
  'aws:principaltag/star': ['a*c'],
  'aws:tagkeys': ['one', 'two'],
  'aws:principalaccount': ['111122223333'],
};

type Row = readonly [wanted: unknown, actual: string | readonly string[] | undefined, holds: boolean];

const rows = (operator: string, list: readonly Row[], version?: string): readonly ConditionRow[] =>
  list.map(([wanted, actual, holds]) => ({
    operator,
    wanted,
    actual: typeof actual === 'string' ? [actual] : actual,
    holds,
    ...(version !== undefined && { version }),
  }));

/** For each, the rows of the negated operator are the same with the outcome turned round. */
const bothWays = (operator: string, negated: string, list: readonly Row[]): readonly ConditionRow[] => [
  ...rows(operator, list),
  ...rows(
    negated,
    list.map(([wanted, actual, holds]): Row => [wanted, actual, !holds]),
  ),
];

const strings: readonly ConditionRow[] = [
  ...bothWays('StringEquals', 'StringNotEquals', [
    ['iamuser-admin', 'iamuser-admin', true],
    ['iamuser-admin', 'IAMUser-admin', false],
    ['iamuser-admin', undefined, false],
    [['finance', 'hr', 'legal'], 'hr', true],
    [['finance', 'hr', 'legal'], 'sales', false],
    ['home/*', 'home/cat', false],
    ['home/*', 'home/*', true],
    ['caf?', 'cafe', false],
    ['', '', true],
    ['', 'x', false],
    [[], 'x', false],
    ['${aws:username}', 'alice', true],
    ['${aws:username}', 'bob', false],
    ['${aws:UserName}', 'alice', true],
    ['u-${aws:username}-${aws:PrincipalTag/team}', 'u-alice-yellow', true],
    ['${aws:PrincipalTag/missing}', '', false],
    ['${aws:PrincipalTag/missing}', '${aws:PrincipalTag/missing}', false],
    ["${aws:PrincipalTag/missing, 'company-wide'}", 'company-wide', true],
    ["${aws:PrincipalTag/team, 'company-wide'}", 'yellow', true],
    ["${aws:PrincipalTag/team, 'company-wide'}", 'company-wide', false],
    ['${aws:TagKeys}', 'one', false],
    ['${*}', '*', true],
    ['${?}', '?', true],
    ['${$}{aws:username}', '${aws:username}', true],
    ['${aws:username', '${aws:username', true],
  ]),
  ...bothWays('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', [
    ['iamuser-admin', 'IAMUser-Admin', true],
    ['IAMUSER', 'iamuser', true],
    ['iamuser', 'iamusers', false],
    ['A*', 'abc', false],
    ['${aws:username}', 'ALICE', true],
    ['x', undefined, false],
  ]),
  ...bothWays('StringLike', 'StringNotLike', [
    ['t2.*', 't2.micro', true],
    ['t2.*', 'T2.micro', false],
    [['t1.*', 't2.*', 'm3.*'], 'm3.large', true],
    [['t1.*', 't2.*', 'm3.*'], 'm5.large', false],
    ['*', '', true],
    ['*', 'anything at all', true],
    ['*', undefined, false],
    ['?', '', false],
    ['?', 'a', true],
    ['??', 'a', false],
    ['a*c', 'abbc', true],
    ['a*c', 'ac', true],
    ['a*c', 'abcd', false],
    ['*a*b*', 'xxaxxbxx', true],
    ['*a*b*', 'xxbxxaxx', false],
    ['ab*ba', 'aba', false],
    ['a?*c', 'ac', false],
    ['a.c', 'abc', false],
    ['home/${aws:username}/*', 'home/alice/cat.jpg', true],
    ['home/${aws:username}/*', 'home/bob/cat.jpg', false],
    ['${aws:PrincipalTag/star}', 'a*c', true],
    ['${aws:PrincipalTag/star}', 'abc', false],
    ['50${*}*', '50*off', true],
    ['50${*}*', '50 off', false],
    ['what${?}', 'what?', true],
    ['what${?}', 'whats', false],
    [
      'arn:aws:someservice:*:111122223333:finance/*',
      'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt',
      true,
    ],
  ]),
  // Before 2012-10-17 a variable is a text like any other.
  ...rows(
    'StringEquals',
    [
      ['${aws:username}', 'alice', false],
      ['${aws:username}', '${aws:username}', true],
    ],
    '2008-10-17',
  ),
  ...rows(
    'StringLike',
    [
      ['${aws:*}', '${aws:username}', true],
      ['${*}', '${anything}', true],
    ],
    '2008-10-17',
  ),
];

const numbers: readonly ConditionRow[] = [
  ...bothWays('NumericEquals', 'NumericNotEquals', [
    ['10', '10', true],
    [10, '10', true],
    ['10', '10.0', true],
    ['10', '010', true],
    ['1e1', '10', true],
    ['10', '11', false],
    [['1', '2', '3'], '2', true],
    ['ten', 'ten', false],
    ['10', 'ten', false],
    ['10', '', false],
    ['0', '', false],
    ['16', '0x10', false],
    ['10', undefined, false],
  ]),
  ...rows('NumericLessThanEquals', [
    ['10', '10', true],
    ['10', '9', true],
    ['10', '11', false],
    ['10', '9.99', true],
    ['10', undefined, false],
    ['9', '10', false],
  ]),
  ...rows('NumericLessThan', [
    ['10', '10', false],
    ['10', '9', true],
    ['-1', '-2', true],
    ['-2', '-1', false],
    ['10', 'x', false],
  ]),
  ...rows('NumericGreaterThan', [
    ['10', '10', false],
    ['10', '10.5', true],
    ['9', '10', true],
    ['10', undefined, false],
  ]),
  ...rows('NumericGreaterThanEquals', [
    ['10', '10', true],
    ['10', '9', false],
    ['3600', '86400', true],
  ]),
];

const dates: readonly ConditionRow[] = [
  ...bothWays('DateEquals', 'DateNotEquals', [
    ['2020-01-01T00:00:01Z', '2020-01-01T00:00:01Z', true],
    ['2020-01-01T00:00:01Z', '1577836801', true],
    ['1577836801', '2020-01-01T00:00:01Z', true],
    ['2020-01-01T01:00:01+01:00', '2020-01-01T00:00:01Z', true],
    ['2020-01-01', '2020-01-01T00:00:00Z', true],
    ['2020-01', '2020-01-01T00:00:00Z', true],
    ['2020-01-01T00:00Z', '2020-01-01T00:00:00.000Z', true],
    ['2020-01-01T00:00:00.5Z', '2020-01-01T00:00:00.500Z', true],
    ['2020-01-01', '2020-01-02', false],
    ['2020-13-01', '2020-13-01', false],
    ['yesterday', 'yesterday', false],
    ['2020-01-01', undefined, false],
  ]),
  ...rows('DateGreaterThan', [
    ['2020-01-01T00:00:01Z', '2020-06-01T00:00:00Z', true],
    ['2020-01-01T00:00:01Z', '2020-01-01T00:00:01Z', false],
    ['2020-01-01T00:00:01Z', '2019-12-31T23:59:59Z', false],
    ['2020-01-01T00:00:01Z', undefined, false],
  ]),
  ...rows('DateGreaterThanEquals', [
    ['2020-01-01T00:00:01Z', '2020-01-01T00:00:01Z', true],
    ['2020-01-01T00:00:01Z', '2020-01-01T00:00:00Z', false],
  ]),
  ...rows('DateLessThan', [
    ['2020-06-30T23:59:59Z', '2020-04-01T00:00:00Z', true],
    ['2020-06-30T23:59:59Z', '2020-06-30T23:59:59Z', false],
    ['1577836800', '1577836799', true],
  ]),
  ...rows('DateLessThanEquals', [
    ['2020-06-30T23:59:59Z', '2020-06-30T23:59:59Z', true],
    ['2020-06-30T23:59:59Z', '2020-07-01T00:00:00Z', false],
  ]),
];

const others: readonly ConditionRow[] = [
  ...rows('Bool', [
    ['true', 'true', true],
    [true, 'true', true],
    [false, 'false', true],
    ['True', 'true', true],
    ['false', 'true', false],
    ['true', undefined, false],
    ['false', undefined, false],
    ['yes', 'yes', false],
    [['true', 'false'], 'false', true],
  ]),
  ...rows('BinaryEquals', [
    ['QmluYXJ5VmFsdWVJbkJhc2U2NA==', 'QmluYXJ5VmFsdWVJbkJhc2U2NA==', true],
    ['QmluYXJ5VmFsdWVJbkJhc2U2NA==', 'QmluYXJ5', false],
    ['aGk=', 'aGl=', true],
    ['aGk=', 'agk=', false],
    ['not base64!', 'not base64!', false],
    ['aGk=', undefined, false],
  ]),
  ...bothWays('IpAddress', 'NotIpAddress', [
    ['203.0.113.0/24', '203.0.113.0', true],
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.8', false],
    ['203.0.113.77/24', '203.0.113.1', true],
    ['0.0.0.0/0', '198.51.100.1', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['10.0.0.0/31', '10.0.0.1', true],
    ['10.0.0.0/31', '10.0.0.2', false],
    ['2001:DB8:1234:5678::/64', '2001:db8:1234:5678:9::1', true],
    ['2001:DB8:1234:5678::/64', '2001:db8:1234:5679::1', false],
    ['2001:db8::1', '2001:0db8:0:0::1', true],
    ['::/0', '2001:db8::1', true],
    ['::/0', '10.0.0.1', false],
    [['203.0.113.0/24', '2001:DB8:1234:5678::/64'], '2001:db8:1234:5678::9', true],
    ['203.0.113.0/33', '203.0.113.0', false],
    ['203.0.113.0/24/8', '203.0.113.0', false],
    ['203.0.113.0/24', 'somewhere', false],
    ['203.0.113.0/24', undefined, false],
  ]),
];

const topic = 'arn:aws:sns:us-east-2:111122223333:news';
const arns: readonly ConditionRow[] = [
  ['ArnEquals', 'ArnNotEquals'] as const,
  ['ArnLike', 'ArnNotLike'] as const,
].flatMap(([operator, negated]) =>
  bothWays(operator, negated, [
    [topic, topic, true],
    [topic, topic.toUpperCase(), false],
    ['arn:aws:sns:*:111122223333:news', topic, true],
    ['arn:aws:sns:us-east-?:*:n*', topic, true],
    ['arn:aws:sns:*:*:*', topic, true],
    ['arn:aws:sqs:*:*:*', topic, false],
    ['arn:aws:*:news', topic, false],
    [
      'arn:aws:someservice:*:111122223333:finance/*',
      'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt',
      false,
    ],
    ['arn:aws:s3:::bucket/*', 'arn:aws:s3:::bucket/a:b/c', true],
    ['arn:aws:iam::111122223333:user/${aws:username}', 'arn:aws:iam::111122223333:user/alice', true],
    ['arn:aws:iam::${aws:PrincipalAccount}:user/*', 'arn:aws:iam::444455556666:user/alice', false],
    ['arn:aws:iam::111122223333:user/${aws:PrincipalTag/missing}', 'arn:aws:iam::111122223333:user/', false],
    [[topic, 'arn:aws:sns:*:*:other'], 'arn:aws:sns:eu-west-1:1:other', true],
    ['news', 'news', false],
    [topic, undefined, false],
  ]),
);

const presence: readonly ConditionRow[] = [
  ...rows('Null', [
    ['true', undefined, true],
    ['true', '2020-01-01', false],
    ['false', '2020-01-01', true],
    ['false', undefined, false],
    [true, undefined, true],
    [false, 'x', true],
    ['true', [], true],
    ['false', [], false],
    [['true', 'false'], 'x', true],
  ]),
  ...rows('StringEqualsIfExists', [
    ['x', undefined, true],
    ['x', 'x', true],
    ['x', 'y', false],
  ]),
  ...rows('StringNotEqualsIfExists', [
    ['x', undefined, true],
    ['x', 'y', true],
    ['x', 'x', false],
  ]),
  ...rows('StringLikeIfExists', [
    [['t1.*', 't2.*'], undefined, true],
    [['t1.*', 't2.*'], 't2.micro', true],
    [['t1.*', 't2.*'], 'm5.large', false],
  ]),
  ...rows('NumericLessThanIfExists', [
    ['10', undefined, true],
    ['10', '9', true],
    ['10', '11', false],
  ]),
  ...rows('DateLessThanIfExists', [
    ['2020-01-01', undefined, true],
    ['2020-01-01', '2021-01-01', false],
  ]),
  ...rows('BoolIfExists', [
    ['false', undefined, true],
    ['false', 'false', true],
    ['false', 'true', false],
  ]),
  ...rows('IpAddressIfExists', [
    ['10.0.0.0/8', undefined, true],
    ['10.0.0.0/8', '10.1.1.1', true],
    ['10.0.0.0/8', '11.1.1.1', false],
  ]),
  ...rows('ArnLikeIfExists', [
    [topic, undefined, true],
    ['arn:aws:sqs:*:*:*', topic, false],
  ]),
  ...rows('BinaryEqualsIfExists', [
    ['aGk=', undefined, true],
    ['aGk=', 'aGo=', false],
  ]),
];

const thread = ['PostDateTime', 'Message', 'Tags'];
const sets: readonly ConditionRow[] = [
  ...rows('ForAllValues:StringEquals', [
    [['ID', 'Message', 'Tags'], ['Message', 'Tags'], true],
    [thread, ['PostDateTime', 'UserName'], false],
    [thread, ['PostDateTime'], true],
    [thread, undefined, true],
    [thread, [], true],
    [thread, [''], true],
  ]),
  ...rows('ForAnyValue:StringEquals', [
    [['ID', 'PostDateTime'], ['UserName', 'Message', 'PostDateTime'], true],
    [['ID', 'PostDateTime'], ['UserName'], false],
    [['ID', 'PostDateTime'], undefined, false],
    [['ID', 'PostDateTime'], [], false],
    [['', 'x'], [''], false],
  ]),
  ...rows('ForAllValues:StringNotEquals', [
    [['ID', 'UserName'], ['Message', 'Tags'], true],
    [['ID', 'UserName'], ['Message', 'ID'], false],
    [['ID', 'UserName'], undefined, true],
  ]),
  ...rows('ForAnyValue:StringNotEquals', [
    [['ID', 'UserName'], ['ID', 'UserName'], false],
    [['ID', 'UserName'], ['ID', 'Message'], true],
    [['ID', 'UserName'], undefined, false],
  ]),
  ...rows('ForAllValues:StringLike', [
    [['cost*', 'team'], ['costcenter', 'team'], true],
    [['cost*'], ['costcenter', 'team'], false],
    [['${aws:username}-*'], ['alice-1', 'alice-2'], true],
  ]),
  ...rows('ForAnyValue:StringLike', [
    [['o-*/r-*/ou-1/*'], ['o-a/r-b/ou-1/x', 'o-a/r-b/ou-2/'], true],
    [['o-*/r-*/ou-1/*'], ['o-a/r-b/ou-2/'], false],
  ]),
  ...rows('ForAnyValue:StringNotLike', [
    [['cost*'], ['costcenter', 'team'], true],
    [['cost*'], ['costcenter'], false],
  ]),
  ...rows('ForAllValues:StringEqualsIgnoreCase', [
    [['costcenter'], ['CostCenter', 'COSTCENTER'], true],
    [['costcenter'], ['CostCenter', 'Team'], false],
  ]),
  ...rows('ForAnyValue:StringEqualsIfExists', [
    ['x', undefined, true],
    ['x', ['y', 'x'], true],
    ['x', ['y'], false],
  ]),
  ...rows('ForAllValues:NumericLessThan', [
    ['10', ['1', '2'], true],
    ['10', ['1', '20'], false],
  ]),
  ...rows('ForAnyValue:ArnLike', [
    ['arn:aws:sns:*:*:*', [topic, 'arn:aws:sqs:us-east-1:1:q'], true],
    ['arn:aws:sns:*:*:*', ['arn:aws:sqs:us-east-1:1:q'], false],
  ]),
  ...rows('ForAllValues:Bool', [
    [false, ['false'], true],
    [false, ['false', 'true'], false],
  ]),
  // Without a set operator: a positive operator asks for one of the values, a negated one for none of them.
  ...rows('StringEquals', [
    ['x', ['x', 'y'], true],
    ['z', ['x', 'y'], false],
  ]),
  ...rows('StringNotEquals', [
    ['x', ['x', 'y'], false],
    ['z', ['x', 'y'], true],
  ]),
];

export const conditionRows: readonly ConditionRow[] = [
  ...strings,
  ...numbers,
  ...dates,
  ...others,
  ...arns,
  ...presence,
  ...sets,
];
