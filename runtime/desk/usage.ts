import { usageByTenant, usageColumns, usageLines, usageReaders, usageTotals } from '../../lib/desk/usage';
import { readStep, readUsageFilter } from '../../lib/desk/usage-filter';
import { type DeskPart, limitIn, type Query } from './desk';

/** What was delivered, added up. */
export const usagePart: DeskPart = {
  questions: {
    usageReaders: ({ store, clock }) => usageReaders(store, clock),
    usageTotals: ({ store, clock }, query) => usageTotals(store, clock, filterIn(query), readStep(query('by'))),
    usageTenants: ({ store, clock }, query) =>
      usageByTenant(store, clock, filterIn(query), {
        ...{ by: readStep(query('by')), after: query('after'), limit: limitIn(query) },
      }),
  },
  tables: {
    usage: ({ store, clock }, query) => ({ columns: usageColumns, rows: usageLines(store, clock, filterIn(query)) }),
  },
};

const filterIn = (query: Query) =>
  readUsageFilter({
    ...{ installation: query('installation'), target: query('target'), from: query('from'), to: query('to') },
    ...{ subscription: query('subscription'), meter: query('meter') },
  });
