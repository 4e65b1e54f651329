// Which AWS services cloudlet speaks, and the few facts botocore no longer tells about them.

/** Our id of a service is also botocore's folder name. `ssmmessages` is in no botocore release and so is absent. */
export const serviceIds: readonly string[] = [
  'ec2',
  'autoscaling',
  'elb',
  'elbv2',
  's3',
  's3control',
  'ebs',
  'dynamodb',
  'dynamodbstreams',
  'lambda',
  'sqs',
  'sns',
  'ecs',
  'ecr',
  'eks',
  'route53',
  'route53domains',
  'route53resolver',
  'iam',
  'sts',
  'cloudwatch',
  'logs',
  'events',
  'scheduler',
  'appsync',
  'cloudformation',
  'cloudcontrol',
  'pricing',
  'ce',
  'budgets',
  'cur',
  'savingsplans',
  'service-quotas',
  'ssm',
  'secretsmanager',
  'kms',
  'acm',
  'resourcegroupstaggingapi',
  'application-autoscaling',
  'servicediscovery',
  'ec2-instance-connect',
  'apigateway',
  'apigatewayv2',
  'stepfunctions',
  'fis',
  'cloudtrail',
  'organizations',
];

/** What is laid over a botocore model: the keys of each named shape are merged in. */
export interface Overlay {
  readonly protocols?: readonly string[];
  readonly xmlNamespace?: string;
  readonly members?: Readonly<Record<string, Readonly<Record<string, { queryName: string; flattened?: true }>>>>;
  /** Names of list members on the query protocol. */
  readonly lists?: Readonly<Record<string, string>>;
  /** Names of keys and values on the query protocol. */
  readonly maps?: Readonly<Record<string, readonly [key: string, value: string]>>;
  readonly errors?: Readonly<Record<string, readonly [code: string, status: number]>>;
  readonly resultWrappers?: true;
  /** Shapes that are text on the wire, whatever the model says that it means. */
  readonly texts?: readonly string[];
  /** Root elements of answers. */
  readonly outputNames?: Readonly<Record<string, string>>;
}

const tag = { queryName: 'Tag' };
const attribute = { queryName: 'Attribute' };
const messageAttribute = { queryName: 'MessageAttribute' };
const systemAttribute = { queryName: 'MessageSystemAttribute' };
const valueLists = {
  StringListValues: { queryName: 'StringListValue', flattened: true },
  BinaryListValues: { queryName: 'BinaryListValue', flattened: true },
} as const;
const sqsCode = (name: string) => `AWS.SimpleQueueService.${name}`;

export const overlays: Readonly<Record<string, Overlay>> = {
  // botocore names namespaces only on the inputs, and no root elements of answers; its parser ignores them.
  s3: {
    xmlNamespace: 'http://s3.amazonaws.com/doc/2006-03-01/',
    // S3 keeps these headers as they come, and gives them back so.
    texts: ['Expires', 'ResponseExpires'],
    outputNames: {
      CompleteMultipartUpload: 'CompleteMultipartUploadResult',
      CreateMultipartUpload: 'InitiateMultipartUploadResult',
      CreateSession: 'CreateSessionResult',
      DeleteObjects: 'DeleteResult',
      GetBucketAccelerateConfiguration: 'AccelerateConfiguration',
      GetBucketAcl: 'AccessControlPolicy',
      GetBucketCors: 'CORSConfiguration',
      GetBucketLifecycle: 'LifecycleConfiguration',
      GetBucketLifecycleConfiguration: 'LifecycleConfiguration',
      GetBucketLocation: 'LocationConstraint',
      GetBucketLogging: 'BucketLoggingStatus',
      GetBucketNotificationConfiguration: 'NotificationConfiguration',
      GetBucketRequestPayment: 'RequestPaymentConfiguration',
      GetBucketTagging: 'Tagging',
      GetBucketVersioning: 'VersioningConfiguration',
      GetBucketWebsite: 'WebsiteConfiguration',
      GetObjectAcl: 'AccessControlPolicy',
      GetObjectAttributes: 'GetObjectAttributesResponse',
      GetObjectTagging: 'Tagging',
      ListBucketAnalyticsConfigurations: 'ListBucketAnalyticsConfigurationResult',
      ListBucketInventoryConfigurations: 'ListInventoryConfigurationsResult',
      ListBucketMetricsConfigurations: 'ListMetricsConfigurationsResult',
      ListBuckets: 'ListAllMyBucketsResult',
      ListDirectoryBuckets: 'ListAllMyDirectoryBucketsResult',
      ListMultipartUploads: 'ListMultipartUploadsResult',
      ListObjects: 'ListBucketResult',
      ListObjectsV2: 'ListBucketResult',
      ListObjectVersions: 'ListVersionsResult',
      ListParts: 'ListPartsResult',
    },
  },
  s3control: { xmlNamespace: 'http://awss3control.amazonaws.com/doc/2018-08-20/' },
  route53: { xmlNamespace: 'https://route53.amazonaws.com/doc/2013-04-01/' },
  // SQS moved to JSON in November 2023 and its model dropped the query names, which older SDKs still put on the wire
  // (botocore 1.31.80 is the last that has them).
  sqs: {
    protocols: ['json', 'query'],
    xmlNamespace: 'http://queue.amazonaws.com/doc/2012-11-05/',
    resultWrappers: true,
    members: {
      CreateQueueRequest: { Attributes: attribute, tags: tag },
      GetQueueAttributesResult: { Attributes: attribute },
      SetQueueAttributesRequest: { Attributes: attribute },
      ListQueueTagsResult: { Tags: tag },
      TagQueueRequest: { Tags: tag },
      Message: { Attributes: attribute, MessageAttributes: messageAttribute },
      SendMessageRequest: { MessageAttributes: messageAttribute, MessageSystemAttributes: systemAttribute },
      SendMessageBatchRequestEntry: { MessageAttributes: messageAttribute, MessageSystemAttributes: systemAttribute },
      MessageAttributeValue: valueLists,
      MessageSystemAttributeValue: valueLists,
    },
    lists: {
      AWSAccountIdList: 'AWSAccountId',
      ActionNameList: 'ActionName',
      AttributeNameList: 'AttributeName',
      BatchResultErrorEntryList: 'BatchResultErrorEntry',
      BinaryList: 'BinaryListValue',
      ChangeMessageVisibilityBatchRequestEntryList: 'ChangeMessageVisibilityBatchRequestEntry',
      ChangeMessageVisibilityBatchResultEntryList: 'ChangeMessageVisibilityBatchResultEntry',
      DeleteMessageBatchRequestEntryList: 'DeleteMessageBatchRequestEntry',
      DeleteMessageBatchResultEntryList: 'DeleteMessageBatchResultEntry',
      ListMessageMoveTasksResultEntryList: 'ListMessageMoveTasksResultEntry',
      MessageAttributeNameList: 'MessageAttributeName',
      MessageList: 'Message',
      MessageSystemAttributeList: 'MessageSystemAttributeName',
      QueueUrlList: 'QueueUrl',
      SendMessageBatchRequestEntryList: 'SendMessageBatchRequestEntry',
      SendMessageBatchResultEntryList: 'SendMessageBatchResultEntry',
      StringList: 'StringListValue',
      TagKeyList: 'TagKey',
    },
    maps: {
      MessageBodyAttributeMap: ['Name', 'Value'],
      MessageBodySystemAttributeMap: ['Name', 'Value'],
      MessageSystemAttributeMap: ['Name', 'Value'],
      QueueAttributeMap: ['Name', 'Value'],
      TagMap: ['Key', 'Value'],
    },
    errors: {
      BatchEntryIdsNotDistinct: [sqsCode('BatchEntryIdsNotDistinct'), 400],
      BatchRequestTooLong: [sqsCode('BatchRequestTooLong'), 400],
      EmptyBatchRequest: [sqsCode('EmptyBatchRequest'), 400],
      InvalidAddress: ['InvalidAddress', 404],
      InvalidBatchEntryId: [sqsCode('InvalidBatchEntryId'), 400],
      InvalidSecurity: ['InvalidSecurity', 403],
      KmsAccessDenied: ['KMS.AccessDeniedException', 400],
      KmsDisabled: ['KMS.DisabledException', 400],
      KmsInvalidKeyUsage: ['KMS.InvalidKeyUsageException', 400],
      KmsInvalidState: ['KMS.InvalidStateException', 400],
      KmsNotFound: ['KMS.NotFoundException', 400],
      KmsOptInRequired: ['KMS.OptInRequired', 403],
      KmsThrottled: ['KMS.ThrottlingException', 400],
      MessageNotInflight: [sqsCode('MessageNotInflight'), 400],
      OverLimit: ['OverLimit', 403],
      PurgeQueueInProgress: [sqsCode('PurgeQueueInProgress'), 403],
      QueueDeletedRecently: [sqsCode('QueueDeletedRecently'), 400],
      QueueDoesNotExist: [sqsCode('NonExistentQueue'), 400],
      QueueNameExists: ['QueueAlreadyExists', 400],
      ReceiptHandleIsInvalid: ['ReceiptHandleIsInvalid', 404],
      RequestThrottled: ['RequestThrottled', 403],
      ResourceNotFoundException: ['ResourceNotFoundException', 404],
      TooManyEntriesInBatchRequest: [sqsCode('TooManyEntriesInBatchRequest'), 400],
      UnsupportedOperation: [sqsCode('UnsupportedOperation'), 400],
    },
  },
};

/** `ec2-instance-connect` → `Ec2InstanceConnect`. */
export function pascalCase(id: string): string {
  return id.replace(/(?:^|-)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
