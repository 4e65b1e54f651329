// ExecuteStatement, BatchExecuteStatement and ExecuteTransaction: PartiQL statements, carried out by the same commands and
// page reads as everything else.

import { AwsError } from '../../aws/errors.ts';
import type { AsyncOperationContext, AsyncOperations } from '../../aws/operation.ts';
import type {
  BatchStatementRequest,
  DynamodbApi,
  ReturnValuesOnConditionCheckFailure,
} from '../../generated/dynamodb.types.ts';
import { answer, type RawMember, rawItem, rawList, rawStructure } from './answer.ts';
import { describeUsages } from './batches.operations.ts';
import { describeUsage, type Usage } from './capacity.ts';
import { validationError } from './dynamodb.errors.ts';
import { decideItem, type ItemTask } from './item-change.ts';
import { checkCommandKey } from './item-commands.ts';
import { tableKey } from './item-keys.ts';
import { returnedItem } from './items.operations.ts';
import { requireReadKey, select, shownItem } from './partiql/statement-reads.ts';
import { commandOf, refuseBareExists } from './partiql/statement-writes.ts';
import { type SelectStatement, type Statement, statementOf, type WriteStatement } from './partiql/statements.ts';
import { itemOfStored } from './stored-item.ts';
import type { TableLayout } from './table-layout.ts';
import { requireLayout } from './table-names.ts';
import { throttleOf } from './throttling.ts';
import { admitReads, changeAll, digestOf, eachOrCancel, layoutsOf, refuseRepeated } from './transactions.operations.ts';

export const statementOperations = {
  async ExecuteStatement(ctx, input) {
    const statement = statementOf(input);
    if (statement.kind === 'exists') throw validationError('EXISTS is only allowed in a transaction');
    if (statement.kind !== 'select') {
      const { layout, item, usage } = await write(ctx, statement, input.ReturnValuesOnConditionCheckFailure);
      return answer({
        Items: rawList(item ? [item] : []),
        ConsumedCapacity: describeUsage(input.ReturnConsumedCapacity, layout, usage),
      });
    }
    const digest = digestOf([input.Statement, input.Parameters ?? []]);
    const selected = await select(ctx, statement, {
      limit: input.Limit,
      consistency: input.ConsistentRead ? 'strong' : 'eventual',
      ...parseToken(input.NextToken, digest),
    });
    return answer({
      Items: rawList(selected.items),
      NextToken: selected.next && formatToken(selected.next, digest),
      LastEvaluatedKey: selected.lastKey,
      ConsumedCapacity: describeUsage(input.ReturnConsumedCapacity, selected.layout, selected.usage),
    });
  },

  async BatchExecuteStatement(ctx, input) {
    const usages: (readonly [TableLayout, Usage])[] = [];
    const responses: RawMember[] = [];
    for (const request of input.Statements) {
      const response = await executeOne(ctx, request);
      if (response.usage) usages.push(response.usage);
      responses.push(response.member);
    }
    return answer({
      Responses: rawList(responses),
      ConsumedCapacity: describeUsages(usages, input.ReturnConsumedCapacity),
    });
  },

  async ExecuteTransaction(ctx, input) {
    const { TransactStatements, ReturnConsumedCapacity } = input;
    const statements = TransactStatements.map((request) => ({
      statement: statementOf(request),
      onFailure: request.ReturnValuesOnConditionCheckFailure,
    }));
    const reads = statements.filter(({ statement }) => statement.kind === 'select');
    if (reads.length > 0 && reads.length < statements.length)
      throw validationError(
        'ExecuteTransaction API does not support both read and write operations in the same request',
      );
    if (reads.length > 0)
      return readTransaction(
        ctx,
        statements.map(({ statement }) => statement as SelectStatement),
        ReturnConsumedCapacity,
      );
    const layouts = layoutsOf(ctx);
    const located = statements.map((entry) => ({ ...entry, layout: layouts(entry.statement.table) }));
    located.forEach(({ statement, layout }, index) => {
      inStatement(index, () => refuseBareExists(layout, statement as WriteStatement));
    });
    const tasks = eachOrCancel(located, ({ statement, onFailure, layout }) => ({
      ...taskOf(ctx, layout, statement as WriteStatement, onFailure),
      isTransactional: true,
    }));
    refuseRepeated(tasks.map(({ key }) => key));
    const request = { ClientRequestToken: input.ClientRequestToken, parameters: TransactStatements };
    const outcomes = await changeAll(ctx, request, tasks);
    return answer({
      // Writes have nothing to answer with.
      Responses: [],
      ConsumedCapacity: describeUsages(
        (outcomes ?? []).map(({ usage }, index) => [(tasks[index] as ItemTask).layout, usage]),
        ReturnConsumedCapacity,
        'write',
      ),
    });
  },
} satisfies AsyncOperations<DynamodbApi>;

function taskOf(
  ctx: AsyncOperationContext,
  layout: TableLayout,
  statement: WriteStatement,
  onFailure: ReturnValuesOnConditionCheckFailure | undefined,
): ItemTask {
  const command = commandOf(layout, statement);
  checkCommandKey(layout, command);
  return { layout, command, key: tableKey(layout, command.given), nowMs: ctx.nowMs, onFailure };
}

interface Written {
  readonly layout: TableLayout;
  readonly item: RawMember | undefined;
  readonly usage: Usage;
}

async function write(
  ctx: AsyncOperationContext,
  statement: WriteStatement,
  onFailure: ReturnValuesOnConditionCheckFailure | undefined,
): Promise<Written> {
  const layout = requireLayout(ctx, statement.table);
  const task = taskOf(ctx, layout, statement, onFailure);
  const throttle = throttleOf(ctx.drivers.items);
  throttle?.admit(layout, 'write', ctx.nowMs);
  const outcome = await ctx.drivers.items.change({
    reads: [task.key],
    decide: ([stored], at) => decideItem(task, stored, at),
  });
  throttle?.take(layout, 'write', ctx.nowMs, outcome.usage);
  const returning = 'returning' in statement ? statement.returning : undefined;
  const item = returnedItem(returning, task.command, outcome);
  return { layout, item: item && rawItem(item), usage: outcome.usage };
}

interface Executed {
  readonly member: RawMember;
  readonly usage?: readonly [TableLayout, Usage];
}

async function executeOne(ctx: AsyncOperationContext, request: BatchStatementRequest): Promise<Executed> {
  let statement: Statement | undefined;
  try {
    statement = statementOf(request);
    if (statement.kind === 'exists') throw validationError('EXISTS is only allowed in a transaction');
    if (statement.kind !== 'select') {
      const { layout, item, usage } = await write(ctx, statement, request.ReturnValuesOnConditionCheckFailure);
      return { member: rawStructure({ TableName: statement.table, Item: item }), usage: [layout, usage] };
    }
    const { layout, items, usage } = await selectOne(ctx, statement, request.ConsistentRead);
    return { member: rawStructure({ TableName: statement.table, Item: items[0] }), usage: [layout, usage] };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const item = error.fields?.['Item'];
    return {
      member: rawStructure({
        Error: rawStructure({
          Code: batchErrorCodes[error.code] ?? error.code.replace(/Exception$/, ''),
          Message: error.message,
          ...(item !== undefined && { Item: item }),
        }),
        TableName: statement?.table,
      }),
    };
  }
}

const batchErrorCodes: Readonly<Record<string, string>> = {
  ConditionalCheckFailedException: 'ConditionalCheckFailed',
  ValidationException: 'ValidationError',
  ResourceNotFoundException: 'ResourceNotFound',
  DuplicateItemException: 'DuplicateItem',
  ProvisionedThroughputExceededException: 'ProvisionedThroughputExceeded',
  ThrottlingException: 'ThrottlingError',
};

async function selectOne(ctx: AsyncOperationContext, statement: SelectStatement, isConsistent: boolean | undefined) {
  const layout = requireLayout(ctx, statement.table);
  requireReadKey(layout, statement, 'BatchExecuteStatement');
  const consistency = isConsistent ? 'strong' : 'eventual';
  return select(ctx, statement, { limit: undefined, consistency, after: undefined, skip: 0 });
}

/** What is wrong with a statement by its text is told of the whole transaction. */
function inStatement<T>(index: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw validationError(`Validation failed in TransactStatements[${index}]: ${error.message}`);
  }
}

async function readTransaction(
  ctx: AsyncOperationContext,
  statements: readonly SelectStatement[],
  wanted: Parameters<typeof describeUsages>[1],
): Promise<object> {
  const layouts = layoutsOf(ctx);
  const located = statements.map((statement) => ({ statement, layout: layouts(statement.table) }));
  const keys = located.map(({ statement, layout }, index) =>
    inStatement(index, () => tableKey(layout, requireReadKey(layout, statement, 'ExecuteTransaction'))),
  );
  refuseRepeated(keys);
  const take = admitReads(ctx, located);
  return ctx.drivers.items.getMany(keys, (found) => {
    const usages = take(found);
    return answer({
      Responses: rawList(
        found.map((stored, index) => {
          const item = stored && shownItem(statements[index] as SelectStatement, itemOfStored(stored));
          return rawStructure({ Item: item && rawItem(item) });
        }),
      ),
      ConsumedCapacity: describeUsages(usages, wanted, 'read'),
    });
  });
}

interface Place {
  readonly after: Buffer | undefined;
  readonly skip: number;
}

/** Good only for the statement and parameters that it was given for. */
function formatToken({ after, skip }: Place, digest: string): string {
  const place = { digest: digest.slice(0, 16), skip, ...(after && { after: after.toString('base64') }) };
  return Buffer.from(JSON.stringify(place)).toString('base64');
}

function parseToken(token: string | undefined, digest: string): Place {
  if (token === undefined) return { after: undefined, skip: 0 };
  const invalid = () => validationError('Given NextToken is invalid or does not match the statement');
  let place: { digest?: unknown; skip?: unknown; after?: unknown };
  try {
    place = JSON.parse(Buffer.from(token, 'base64').toString()) as typeof place;
  } catch {
    throw invalid();
  }
  if (place?.digest !== digest.slice(0, 16) || !Number.isSafeInteger(place.skip)) throw invalid();
  const after = typeof place.after === 'string' ? Buffer.from(place.after, 'base64') : undefined;
  return { after, skip: place.skip as number };
}
