// Services that make roles for themselves: what the role is called after, and the policy that it has.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html

export interface ServiceLinkedRoleFacts {
  /** What follows `AWSServiceRoleFor`. */
  readonly name: string;
  /** A managed policy below `/aws-service-role/`. */
  readonly policy: string;
  /** Whether an account may have several, each with a suffix of its own. */
  readonly takesSuffix?: boolean;
}

const applicationAutoScaling = (resource: string, policy = resource): ServiceLinkedRoleFacts => ({
  name: `ApplicationAutoScaling_${resource}`,
  policy: `AWSApplicationAutoscaling${policy}Policy`,
});

/** By the service's principal without `.amazonaws.com`. */
export const serviceLinkedRoles: Readonly<Record<string, ServiceLinkedRoleFacts>> = {
  'access-analyzer': { name: 'AccessAnalyzer', policy: 'AccessAnalyzerServiceRolePolicy' },
  appsync: { name: 'AppSync', policy: 'AWSAppSyncServiceRolePolicy' },
  autoscaling: { name: 'AutoScaling', policy: 'AutoScalingServiceRolePolicy', takesSuffix: true },
  backup: { name: 'Backup', policy: 'AWSBackupServiceLinkedRolePolicyForBackup' },
  batch: { name: 'Batch', policy: 'BatchServiceRolePolicy' },
  'cks.kms': {
    name: 'KeyManagementServiceCustomKeyStores',
    policy: 'AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy',
  },
  cloud9: { name: 'AWSCloud9', policy: 'AWSCloud9ServiceRolePolicy' },
  cloudtrail: { name: 'CloudTrail', policy: 'CloudTrailServiceRolePolicy' },
  'compute-optimizer': { name: 'ComputeOptimizer', policy: 'ComputeOptimizerServiceRolePolicy' },
  config: { name: 'Config', policy: 'AWSConfigServiceRolePolicy' },
  ec2fleet: { name: 'EC2Fleet', policy: 'AWSEC2FleetServiceRolePolicy' },
  ecs: { name: 'ECS', policy: 'AmazonECSServiceRolePolicy' },
  eks: { name: 'AmazonEKS', policy: 'AmazonEKSServiceRolePolicy' },
  'eks-fargate': { name: 'AmazonEKSForFargate', policy: 'AmazonEKSForFargateServiceRolePolicy' },
  'eks-nodegroup': { name: 'AmazonEKSNodegroup', policy: 'AWSServiceRoleForAmazonEKSNodegroup' },
  elasticache: { name: 'ElastiCache', policy: 'ElastiCacheServiceRolePolicy' },
  elasticbeanstalk: { name: 'ElasticBeanstalk', policy: 'AWSElasticBeanstalkServiceRolePolicy' },
  elasticfilesystem: { name: 'AmazonElasticFileSystem', policy: 'AmazonElasticFileSystemServiceRolePolicy' },
  elasticloadbalancing: { name: 'ElasticLoadBalancing', policy: 'AWSElasticLoadBalancingServiceRolePolicy' },
  elasticmapreduce: { name: 'EMRCleanup', policy: 'AmazonEMRCleanupPolicy' },
  'email.cognito-idp': { name: 'AmazonCognitoIdpEmailService', policy: 'AmazonCognitoIdpEmailServiceRolePolicy' },
  es: { name: 'AmazonElasticsearchService', policy: 'AmazonElasticsearchServiceRolePolicy' },
  globalaccelerator: { name: 'GlobalAccelerator', policy: 'AWSGlobalAcceleratorSLRPolicy' },
  guardduty: { name: 'AmazonGuardDuty', policy: 'AmazonGuardDutyServiceRolePolicy' },
  imagebuilder: { name: 'ImageBuilder', policy: 'AWSServiceRoleForImageBuilder' },
  inspector2: { name: 'AmazonInspector2', policy: 'AmazonInspector2ServiceRolePolicy' },
  kafka: { name: 'Kafka', policy: 'KafkaServiceRolePolicy' },
  'logger.cloudfront': { name: 'CloudFrontLogger', policy: 'AWSCloudFrontLogger' },
  macie: { name: 'AmazonMacie', policy: 'AmazonMacieServiceRolePolicy' },
  'mrk.kms': {
    name: 'KeyManagementServiceMultiRegionKeys',
    policy: 'AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy',
  },
  'network-firewall': { name: 'NetworkFirewall', policy: 'AWSNetworkFirewallServiceRolePolicy' },
  opensearchservice: { name: 'AmazonOpenSearchService', policy: 'AmazonOpenSearchServiceRolePolicy' },
  'ops.apigateway': { name: 'APIGateway', policy: 'APIGatewayServiceRolePolicy' },
  organizations: { name: 'Organizations', policy: 'AWSOrganizationsServiceTrustPolicy' },
  ram: { name: 'ResourceAccessManager', policy: 'AWSResourceAccessManagerServiceRolePolicy' },
  rds: { name: 'RDS', policy: 'AmazonRDSServiceRolePolicy' },
  redshift: { name: 'Redshift', policy: 'AmazonRedshiftServiceLinkedRolePolicy' },
  'replication.ecr': { name: 'ECRReplication', policy: 'ECRReplicationServiceRolePolicy' },
  'replicator.lambda': { name: 'LambdaReplicator', policy: 'AWSLambdaReplicator' },
  securityhub: { name: 'SecurityHub', policy: 'AWSSecurityHubServiceRolePolicy' },
  servicequotas: { name: 'ServiceQuotas', policy: 'ServiceQuotasServiceRolePolicy' },
  spot: { name: 'EC2Spot', policy: 'AWSEC2SpotServiceRolePolicy' },
  spotfleet: { name: 'EC2SpotFleet', policy: 'AWSEC2SpotFleetServiceRolePolicy' },
  ssm: { name: 'AmazonSSM', policy: 'AmazonSSMServiceRolePolicy' },
  sso: { name: 'SSO', policy: 'AWSSSOServiceRolePolicy' },
  support: { name: 'Support', policy: 'AWSSupportServiceRolePolicy' },
  transitgateway: { name: 'VPCTransitGateway', policy: 'AWSVPCTransitGatewayServiceRolePolicy' },
  trustedadvisor: { name: 'TrustedAdvisor', policy: 'AWSTrustedAdvisorServiceRolePolicy' },
  wafv2: { name: 'WAFV2Logging', policy: 'WAFV2LoggingServiceRolePolicy' },
  'cassandra.application-autoscaling': applicationAutoScaling('CassandraTable'),
  'custom-resource.application-autoscaling': {
    name: 'ApplicationAutoScaling_CustomResource',
    policy: 'AWSApplicationAutoScalingCustomResourcePolicy',
  },
  'dynamodb.application-autoscaling': applicationAutoScaling('DynamoDBTable'),
  'ec2.application-autoscaling': applicationAutoScaling('EC2SpotFleetRequest'),
  'ecs.application-autoscaling': applicationAutoScaling('ECSService'),
  'elasticache.application-autoscaling': applicationAutoScaling('ElastiCacheRG'),
  'kafka.application-autoscaling': applicationAutoScaling('KafkaCluster'),
  'lambda.application-autoscaling': applicationAutoScaling('LambdaConcurrency'),
  'rds.application-autoscaling': applicationAutoScaling('RDSCluster'),
  'sagemaker.application-autoscaling': applicationAutoScaling('SageMakerEndpoint'),
};
