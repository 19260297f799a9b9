import assert from 'node:assert/strict';
import { readApproval } from '../../../lib/calls/approval-request';
import { DecisionBook } from '../../../lib/calls/decision-book';
import { readToken } from '../../../lib/calls/token';
import { type AskedApproval, WaitingApprovals } from '../../../lib/calls/waiting-approvals';
import type { Store } from '../../../lib/state/port';
import { ManualClock } from '../billing/manual-clock';
import { cleanScratch, fails, StillClock, scratchStore } from '../state/scratch';

/** Of one of the questions, once it is asked. */
async function tokenOf(asked: readonly AskedApproval[], times: number): Promise<string> {
  while (asked.length < times) await new Promise(resolve => setImmediate(resolve));
  return asked[times - 1]?.token ?? assert.fail();
}

describe('approvals that wait for the flow', () => {
  afterEach(cleanScratch);

  const open = async (store: Store, clock: ManualClock, asked: AskedApproval[]) => {
    const closing = new AbortController();
    const waiting = new WaitingApprovals({
      book: await DecisionBook.open(store, '/approve'),
      ...{ clock, deadlineMs: 60_000, late: 'deny', signal: closing.signal },
      ask: question => void asked.push(question),
      told: () => undefined,
    });
    return { waiting, close: () => closing.abort(new Error('closed')) };
  };

  for (const repeated of ['s1-ab', 'S1-AB'])
    it(`answers a repeat of WAP for ${repeated} at once when the flow decides by the token from before the restart`, async () => {
      const clock = new ManualClock();
      const store = await scratchStore(new StillClock());
      const asked: AskedApproval[] = [];
      const about = (SubscriptionID: string) =>
        Buffer.from(JSON.stringify({ EventId: 5, Method: 'POST', Entity: { SubscriptionID, PlanId: 'p1' } }));
      const before = await open(store, clock, asked);
      before.waiting.decide(readApproval('plan', about('s1-ab'))).catch(() => undefined);
      const token = await tokenOf(asked, 1);
      before.close();
      const after = await open(store, clock, asked);
      const given = { answer: 'approve', reason: undefined } as const;
      const [, repeat] = await Promise.all([
        after.waiting.take(readToken(token), token, given),
        after.waiting.decide(readApproval('plan', about(repeated))),
      ]);
      after.close();
      assert.deepEqual([repeat.decision, repeat.decidedBy, repeat.token], ['approve', 'flow', token]);
    });

  it('asks about an event whose id came again for something else after WAP was restored, and refuses it at once', async () => {
    const clock = new ManualClock();
    const store = await scratchStore(new StillClock());
    const asked: AskedApproval[] = [];
    const { waiting, close } = await open(store, clock, asked);
    const of = (id: string) =>
      readApproval('plan', Buffer.from(JSON.stringify({ EventId: 5, Method: 'POST', Entity: { SubscriptionID: id } })));
    const answer = async (word: 'approve' | 'deny', times: number) => {
      const token = await tokenOf(asked, times);
      await waiting.take(readToken(token), token, { answer: word, reason: undefined });
    };
    const first = waiting.decide(of('s1'));
    await answer('deny', 1);
    assert.equal((await first).decision, 'deny');
    await assert.rejects(waiting.decide(of('s2')), fails('CALL_CONFLICT', /./));
    clock.advance(2 * 3_600_000);
    const second = waiting.decide(of('s2'));
    await answer('approve', 2);
    assert.deepEqual([(await second).decision, asked.length], ['approve', 2]);
    assert.equal((await waiting.decide(of('s2'))).decision, 'approve');
    close();
  });
});
