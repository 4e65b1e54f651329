// The errors of network interfaces and their addresses, in AWS's codes and words.

import { type AwsError, awsError } from '../../aws/errors.ts';

export function notAnAddress(address: string): AwsError {
  return awsError('InvalidParameterValue', `invalid value for parameter address: [ ${address} ]`);
}

export function outsideSubnet(address: string): AwsError {
  return awsError('InvalidParameterValue', `Address ${address} does not fall within the subnet's address range`);
}

export function reservedInSubnet(address: string): AwsError {
  return awsError('InvalidParameterValue', `Address ${address} is in subnet's reserved address range`);
}

export function addressInUse(address: string): AwsError {
  return awsError('InvalidIPAddress.InUse', `Address ${address} is in use.`);
}

export function subnetIsFull(subnetId: string): AwsError {
  return awsError(
    'InsufficientFreeAddressesInSubnet',
    `There are not enough free addresses in subnet '${subnetId}' to satisfy the requested number of instances.`,
  );
}

export function noPublicAddressLeft(): AwsError {
  return awsError('InsufficientAddressCapacity', 'Not enough available addresses to satisfy your request.');
}

export function interfaceInUse(networkInterfaceId: string): AwsError {
  return awsError('InvalidParameterValue', `Network interface '${networkInterfaceId}' is currently in use.`);
}
