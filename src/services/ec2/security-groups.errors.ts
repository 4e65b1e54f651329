// The errors of security groups and their rules, in AWS's codes and words.

import { type AwsError, awsError } from '../../aws/errors.ts';
import { invalidParameterCombination, invalidParameterValue, missingParameter } from './ec2.errors.ts';

const characterSet = 'a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*';

export function groupNameExists(name: string, vpcId: string): AwsError {
  return awsError('InvalidGroup.Duplicate', `The security group '${name}' already exists for VPC '${vpcId}'`);
}

export function groupNameLikeId(name: string): AwsError {
  return invalidParameterValue(
    `Value (${name}) for parameter GroupName is invalid. Group names may not be in the format sg-*.`,
  );
}

export function reservedGroupName(name: string): AwsError {
  return invalidParameterValue(`Cannot use reserved security group name: ${name}`);
}

export function notAscii(parameter: string, value: string): AwsError {
  return invalidParameterValue(
    `Value (${value}) for parameter ${parameter} is invalid. Character sets beyond ASCII are not supported.`,
  );
}

export function invalidGroupText(what: 'name' | 'description'): AwsError {
  return invalidParameterValue(
    `Invalid security group ${what}. Valid ${what}s are strings less than 256 characters from the following set:  ${characterSet}`,
  );
}

/** In a filter; a parameter that is malformed has other words. */
export function malformedGroupId(id: string): AwsError {
  return awsError('InvalidGroupId.Malformed', `The security group ID '${id}' is malformed`);
}

export function groupNamesNotFound(names: readonly string[], defaultVpcId: string): AwsError {
  const quoted = names.join(', ');
  return awsError(
    'InvalidGroup.NotFound',
    names.length === 1
      ? `The security group '${quoted}' does not exist in default VPC '${defaultVpcId}'`
      : `The security groups '${quoted}' do not exist in default VPC '${defaultVpcId}'`,
  );
}

export function noDefaultVpc(): AwsError {
  return awsError('VPCIdNotSpecified', 'No default VPC for this user');
}

export function noGroupNamed(): AwsError {
  return missingParameter('groupName or groupId');
}

export function groupInUse(groupId: string): AwsError {
  return awsError('DependencyViolation', `resource ${groupId} has a dependent object`);
}

export function defaultGroupStays(groupId: string): AwsError {
  return awsError('CannotDelete', `the specified group: "${groupId}" name: "default" cannot be deleted by a user`);
}

export function differentNetworks(): AwsError {
  return awsError('InvalidGroup.NotFound', 'You have specified two resources that belong to different networks.');
}

export function missingProtocol(): AwsError {
  return invalidParameterValue(
    `Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly.`,
  );
}

export function unknownProtocol(protocol: string): AwsError {
  return invalidParameterValue(`Invalid value '${protocol}' for IP protocol. Unknown protocol.`);
}

export function missingPorts(): AwsError {
  return invalidParameterValue('Invalid value for portRange. Must specify both from and to ports with TCP/UDP.');
}

export function portOutOfRange(side: 'from' | 'to', port: number): AwsError {
  return invalidParameterValue(`TCP/UDP (${side}) port (${port}) out of range`);
}

export function invalidPortRange(from: number, to: number): AwsError {
  return invalidParameterValue(`Invalid TCP/UDP port range (${from}:${to})`);
}

export function icmpWithoutType(): AwsError {
  return invalidParameterValue('Invalid value for portRange. Must specify both type and code with ICMP.');
}

export function icmpOutOfRange(what: 'type' | 'code', value: number): AwsError {
  return invalidParameterValue(`ICMP ${what} (${value}) out of range`);
}

export function malformedCidr(text: string): AwsError {
  return invalidParameterValue(`CIDR block ${text} is malformed`);
}

export function invalidRuleDescription(): AwsError {
  return invalidParameterValue(
    `Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  ${characterSet}`,
  );
}

export function prefixListNotFound(id: string): AwsError {
  return awsError('InvalidPrefixListID.NotFound', `The prefix list ID '${id}' does not exist`);
}

/** A permission whose other end is nobody. */
export function noPeer(): AwsError {
  return awsError(
    'InvalidPermission.Malformed',
    'A permission must name an IPv4 range, an IPv6 range, a prefix list or a security group.',
  );
}

/** The same of a rule that is modified, where AWS has other words. */
export function noPeerOfRule(): AwsError {
  return awsError(
    'MissingParameter',
    'The request must contain exactly one of: cidrIp, cidrIpv6, prefixListId, or referencedGroupId',
  );
}

export function severalPeersOfRule(): AwsError {
  return invalidParameterCombination(
    'Only one of cidrIp, cidrIpv6, prefixListId, or referencedGroupId can be specified',
  );
}

export function missingSourceGroup(): AwsError {
  return awsError('MissingParameter', 'Source group ID missing.');
}

export function repeatedPermission(): AwsError {
  return invalidParameterValue('The same permission must not appear multiple times');
}

export function ruleExists(rule: string): AwsError {
  return awsError('InvalidPermission.Duplicate', `the specified rule "${rule}" already exists`);
}

export function ruleNotFound(): AwsError {
  return awsError('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.');
}

export function tooManyRules(): AwsError {
  return awsError(
    'RulesPerSecurityGroupLimitExceeded',
    'The maximum number of rules per security group has been reached.',
  );
}

export function repeatedRuleId(id: string): AwsError {
  return invalidParameterValue(
    `Duplicated security group rule ID '${id}'. The same security group rule ID must not appear multiple times.`,
  );
}

export function otherKindOfPeer(ruleId: string, asked: string, present: string): AwsError {
  return invalidParameterValue(
    `Invalid rule type for security group rule '${ruleId}'. You may not specify ${asked} for an existing ${present} rule.`,
  );
}

export function notTogether(one: string, other: string): AwsError {
  return invalidParameterCombination(`The parameter '${one}' may not be used in combination with '${other}'.`);
}
