// EC2's manifest: what the gateway may call, what is reconciled, and what listens.

import type { Service } from '../../aws/service.ts';
import { accountAttributeOperations } from './account-attributes.operations.ts';
import { consoleOperations } from './console.operations.ts';
import { openEc2Scope } from './default-vpc.ts';
import { dhcpOptionsOperations } from './dhcp-options.operations.ts';
import { ec2Authorization } from './ec2.authorization.ts';
import { unauthorizedOperation } from './ec2.errors.ts';
import { imageOperations } from './images.operations.ts';
import { instanceAttributeOperations } from './instance-attributes.operations.ts';
import { instanceCreditOperations } from './instance-credits.operations.ts';
import { instanceProfileOperations } from './instance-profiles.operations.ts';
import { instanceStateOperations } from './instance-states.operations.ts';
import { instanceTypeOperations } from './instance-types.operations.ts';
import { instanceAsyncOperations, instanceOperations } from './instances.operations.ts';
import { createInstanceReconciler } from './instances.reconciler.ts';
import { internetGatewayOperations } from './internet-gateways.operations.ts';
import { keyPairAsyncOperations, keyPairOperations } from './key-pairs.operations.ts';
import { networkAclOperations } from './network-acls.operations.ts';
import { networkInterfaceOperations } from './network-interfaces.operations.ts';
import { regionOperations } from './regions.operations.ts';
import { routeTableOperations } from './route-tables.operations.ts';
import { runInstancesOperations } from './run-instances.operations.ts';
import { securityGroupRuleOperations } from './security-group-rules.operations.ts';
import { securityGroupOperations } from './security-groups.operations.ts';
import { subnetOperations } from './subnets.operations.ts';
import { tagOperations } from './tags.operations.ts';
import { volumeOperations } from './volumes.operations.ts';
import { createVolumeReconciler } from './volumes.reconciler.ts';
import { createVpcServers } from './vpc-servers.ts';
import { vpcOperations } from './vpcs.operations.ts';
import { createVpcReconciler, type VpcListeners } from './vpcs.reconciler.ts';

export const ec2: Service = {
  id: 'ec2',
  operations: {
    ...runInstancesOperations,
    ...instanceOperations,
    ...instanceStateOperations,
    ...instanceAttributeOperations,
    ...instanceProfileOperations,
    ...instanceCreditOperations,
    ...instanceTypeOperations,
    ...imageOperations,
    ...keyPairOperations,
    ...vpcOperations,
    ...subnetOperations,
    ...internetGatewayOperations,
    ...routeTableOperations,
    ...networkAclOperations,
    ...dhcpOptionsOperations,
    ...securityGroupOperations,
    ...securityGroupRuleOperations,
    ...networkInterfaceOperations,
    ...volumeOperations,
    ...regionOperations,
    ...accountAttributeOperations,
    ...tagOperations,
  },
  asyncOperations: { ...instanceAsyncOperations, ...keyPairAsyncOperations, ...consoleOperations },
  authorization: ec2Authorization,
  accessDenied: unauthorizedOperation,
  openScope: openEc2Scope,
  background(world) {
    const vpcServers = createVpcServers(world);
    const listeners = world.drivers.network.carriesPackets ? vpcServers : nobodyListens;
    return {
      reconcilers: [
        createInstanceReconciler(world),
        createVpcReconciler(world, listeners),
        createVolumeReconciler(world),
      ],
      servers: [{ name: 'ec2.vpcServers', start: async () => undefined, stop: () => vpcServers.closeAll() }],
    };
  },
};

/** In a network that only pretends, nobody could ask. */
const nobodyListens: VpcListeners = { ensureListening: async () => undefined, ensureClosed: async () => undefined };
