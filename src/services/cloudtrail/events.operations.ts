// LookupEvents: who did what in an account and region, the latest first. Work on data is not in it, as on AWS.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html

import type { Operations } from '../../aws/operation.ts';
import { paginate } from '../../aws/paginate.ts';
import type { CloudtrailApi, Event, LookupAttribute } from '../../generated/cloudtrail.types.ts';
import { invalidLookupAttributes, invalidMaxResults, invalidNextToken, invalidTimeRange } from './cloudtrail.errors.ts';
import { type EventRow, eventIdOf, events } from './events.table.ts';

const mostResults = 50;

export const eventOperations = {
  LookupEvents(ctx, { LookupAttributes = [], StartTime, EndTime, EventCategory, MaxResults, NextToken }) {
    if (LookupAttributes.length > 1) throw invalidLookupAttributes();
    if (StartTime !== undefined && EndTime !== undefined && StartTime > EndTime) throw invalidTimeRange();
    // Insights are not watched for, so there are none.
    if (EventCategory !== undefined) return { Events: [] };
    const [attribute] = LookupAttributes;
    const page = paginate<EventRow>({
      rows: (afterId) => ctx.table(events).list(afterId),
      where: ({ id, spec }) =>
        (StartTime === undefined || spec.atMs >= StartTime) &&
        (EndTime === undefined || spec.atMs <= EndTime) &&
        (attribute === undefined || valuesOf({ id, spec }, attribute).includes(attribute.AttributeValue)),
      maxResults: MaxResults,
      nextToken: NextToken,
      scope: JSON.stringify(['LookupEvents', ctx.account, ctx.region, LookupAttributes, StartTime, EndTime]),
      bounds: { min: 1, max: mostResults, default: mostResults },
      errors: { invalidToken: invalidNextToken, invalidMaxResults },
    });
    return { Events: page.rows.map(describeEvent), ...(page.nextToken && { NextToken: page.nextToken }) };
  },
} satisfies Operations<CloudtrailApi>;

function valuesOf(
  row: Pick<EventRow, 'id' | 'spec'>,
  { AttributeKey }: LookupAttribute,
): readonly (string | undefined)[] {
  const { spec } = row;
  switch (AttributeKey) {
    case 'EventId':
      return [eventIdOf(row)];
    case 'EventName':
      return [spec.name];
    case 'ReadOnly':
      return [String(spec.isReadOnly)];
    case 'Username':
      return [spec.username];
    case 'EventSource':
      return [spec.source];
    case 'AccessKeyId':
      return [spec.accessKeyId];
    case 'ResourceName':
      return spec.resources.map(({ name }) => name);
    default:
      return spec.resources.map(({ type }) => type);
  }
}

function describeEvent(row: EventRow): Event {
  const { name, source, atMs, isReadOnly, username, accessKeyId, resources, record } = row.spec;
  return {
    EventId: eventIdOf(row),
    EventName: name,
    ReadOnly: String(isReadOnly),
    ...(accessKeyId !== undefined && { AccessKeyId: accessKeyId }),
    EventTime: atMs,
    EventSource: source,
    ...(username !== undefined && { Username: username }),
    Resources: resources.map(({ type, name: ResourceName }) => ({
      ...(type !== undefined && { ResourceType: type }),
      ResourceName,
    })),
    CloudTrailEvent: record,
  };
}
