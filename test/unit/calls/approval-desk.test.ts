import assert from 'node:assert/strict';
import { ApprovalDesk, type AskedApproval } from '../../../lib/calls/approval-desk';
import { readApproval } from '../../../lib/calls/approval-request';
import { DecisionBook } from '../../../lib/calls/decision-book';
import { readToken } from '../../../lib/calls/token';
import type { Store } from '../../../lib/state/port';
import { ManualClock } from '../billing/manual-clock';
import { cleanScratch, StillClock, scratchStore } from '../state/scratch';

describe('an approval desk', () => {
  afterEach(cleanScratch);

  const open = async (store: Store, clock: ManualClock, asked: AskedApproval[]) => {
    const closing = new AbortController();
    const desk = new ApprovalDesk({
      book: await DecisionBook.open(store, '/approve'),
      ...{ clock, deadlineMs: 60_000, late: 'deny', signal: closing.signal },
      ask: question => void asked.push(question),
      told: () => undefined,
    });
    return { desk, close: () => closing.abort(new Error('closed')) };
  };

  it('answers a repeat of WAP at once when the flow decides by the token from before the restart', async () => {
    const clock = new ManualClock();
    const store = await scratchStore(new StillClock());
    const asked: AskedApproval[] = [];
    const entity = { SubscriptionID: 's1', PlanId: 'p1' };
    const body = Buffer.from(JSON.stringify({ EventId: 5, Method: 'POST', Entity: entity }));
    const before = await open(store, clock, asked);
    before.desk.decide(readApproval('plan', body)).catch(() => undefined);
    await new Promise(resolve => setImmediate(resolve));
    before.close();
    const { token } = asked[0] ?? assert.fail();
    const after = await open(store, clock, asked);
    const given = { answer: 'approve', reason: undefined } as const;
    const [, repeat] = await Promise.all([
      after.desk.take(readToken(token), token, given),
      after.desk.decide(readApproval('plan', body)),
    ]);
    after.close();
    assert.deepEqual([repeat.decision, repeat.decidedBy, repeat.token], ['approve', 'flow', token]);
  });
});
