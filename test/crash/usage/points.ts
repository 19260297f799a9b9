/** Where Node-RED is killed on the way from WAP's usage to billing: pattern of the points, and how often at most it is passed
 *  while some thousand records go through. */
export const usagePoints: Record<string, { like: string; most: number }> = {
  'after a page was fetched': { like: '^answered usage GET /usage$', most: 4 },
  'inside the transaction that stores a page': { like: '^inside after insert usage_page$', most: 3 },
  'before that transaction commits': { like: '^before commit of .*insert usage_page', most: 3 },
  'page stored, nothing emitted': { like: '^after commit of .*insert usage_page', most: 3 },
  'batch marked, not committed': { like: '^before commit of .*insert usage_slice', most: 6 },
  'batch marked, before it is emitted': { like: '^after commit of .*insert usage_slice', most: 6 },
  'before a call to billing (mid-batch)': { like: '^before billing POST', most: 9 },
  'call sent to billing': { like: '^sent billing POST', most: 9 },
  'after the effect, answer arrived (mid-batch)': { like: '^answered billing POST', most: 9 },
  'inside the transaction that settles a batch, or marks it again': {
    like: '^inside after update usage_slice$',
    most: 6,
  },
  'before a batch is settled': { like: '^before commit of .*update usage_slice.*update usage_stream', most: 6 },
  'batch settled': { like: '^after commit of .*update usage_slice.*update usage_stream', most: 6 },
  'inside pruning': { like: '^inside after delete usage_page$', most: 3 },
  'before pruning commits': { like: '^before commit of .*delete usage_page', most: 3 },
  pruned: { like: '^after commit of .*delete usage_page', most: 3 },
};
