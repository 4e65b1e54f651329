// Services by the prefix of their actions, as access advisor names them.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html

export const serviceNames: Readonly<Record<string, string>> = {
  acm: 'AWS Certificate Manager',
  apigateway: 'Amazon API Gateway Management',
  'application-autoscaling': 'AWS Application Auto Scaling',
  appsync: 'AWS AppSync',
  autoscaling: 'Amazon EC2 Auto Scaling',
  budgets: 'AWS Budget Service',
  ce: 'AWS Cost Explorer Service',
  cloudformation: 'AWS CloudFormation',
  cloudwatch: 'Amazon CloudWatch',
  cur: 'AWS Cost and Usage Report',
  dynamodb: 'Amazon DynamoDB',
  ebs: 'Amazon Elastic Block Store',
  ec2: 'Amazon EC2',
  'ec2-instance-connect': 'Amazon EC2 Instance Connect',
  ecr: 'Amazon Elastic Container Registry',
  ecs: 'Amazon Elastic Container Service',
  eks: 'Amazon Elastic Kubernetes Service',
  elasticloadbalancing: 'Elastic Load Balancing',
  events: 'Amazon EventBridge',
  fis: 'AWS Fault Injection Service',
  iam: 'AWS Identity and Access Management',
  kms: 'AWS Key Management Service',
  lambda: 'AWS Lambda',
  logs: 'Amazon CloudWatch Logs',
  pricing: 'AWS Price List',
  route53: 'Amazon Route 53',
  route53domains: 'Amazon Route 53 Domains',
  route53resolver: 'Amazon Route 53 Resolver',
  s3: 'Amazon S3',
  savingsplans: 'AWS Savings Plans',
  scheduler: 'Amazon EventBridge Scheduler',
  secretsmanager: 'AWS Secrets Manager',
  servicediscovery: 'AWS Cloud Map',
  servicequotas: 'Service Quotas',
  sns: 'Amazon SNS',
  sqs: 'Amazon SQS',
  ssm: 'AWS Systems Manager',
  states: 'AWS Step Functions',
  sts: 'AWS Security Token Service',
  tag: 'Amazon Resource Group Tagging API',
};

/** Where requests are signed for another name than the one that actions have. */
const signedAs: Readonly<Record<string, string>> = { monitoring: 'cloudwatch', tagging: 'tag' };

export const namespaceOf = (signingName: string): string => signedAs[signingName] ?? signingName;
