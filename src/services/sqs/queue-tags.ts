// What tags a queue may have.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html

import { invalidParameterValue } from './sqs.errors.ts';

const mostTags = 50;

/** All tags that the queue would then have. */
export function checkTags(queueName: string, tags: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(tags)) {
    if (key.length < 1 || key.length > 128)
      throw invalidParameterValue('Tag keys must be between 1 and 128 characters in length.');
    if (value.length > 256) throw invalidParameterValue('Tag values must be between 0 and 256 characters in length.');
    if (/^aws:/i.test(key))
      throw invalidParameterValue("Tag keys can't start with 'aws:', which is reserved for AWS use.");
  }
  if (Object.keys(tags).length > mostTags) throw invalidParameterValue(`Too many tags added for queue ${queueName}.`);
}
