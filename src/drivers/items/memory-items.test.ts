import { describeItems } from './items.contract.ts';
import { createMemoryItems } from './memory-items.ts';

describeItems('items in memory', createMemoryItems);
