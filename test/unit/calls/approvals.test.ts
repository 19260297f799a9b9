import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ApprovalsOptions, openApprovals } from '../../../lib/calls/approvals';
import { approvalMessage } from '../../../lib/calls/asked-message';
import { credentialsCheck } from '../../../lib/calls/basic';
import { answerCall, wasAnswered } from '../../../lib/calls/open-endpoints';
import type { AskedApproval } from '../../../lib/calls/waiting-approvals';
import type { AdapterError } from '../../../lib/errors';
import type { Store } from '../../../lib/state/port';
import type { DecidedApproval } from '../../../lib/state/tables/approval';
import { call, password, user } from '../../nodes/calls-world';
import { ManualClock } from '../billing/manual-clock';
import { cleanScratch, fails, StillClock, scratchStore } from '../state/scratch';

const approve = { answer: 'approve', reason: undefined } as const;
const deny = { answer: 'deny', reason: 'not paid' } as const;
const anEvent = (EventId: number | string, more: object = {}) => ({
  ...{ EventId, Method: 'POST', Entity: { SubscriptionID: `s${EventId}`, PlanId: 'gold' } },
  ...more,
});

describe('approvals that WAP asks for', () => {
  let clock: ManualClock;
  let store: Store;
  let asked: AskedApproval[];
  let told: DecidedApproval[];
  let failures: unknown[];
  let ending: AbortController;
  let server: Server;
  let url: string;
  beforeEach(async () => {
    [clock, asked, told, failures, ending] = [new ManualClock(), [], [], [], new AbortController()];
    store = await scratchStore(new StillClock());
  });
  afterEach(async () => {
    ending.abort();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
    await cleanScratch();
  });

  const open = async (more: Partial<ApprovalsOptions> = {}) => {
    const handlers = await openApprovals({
      ...{ store, clock, endpoint: '/wap', owner: 'Approvals', credentials: { user, password }, signal: ending.signal },
      ...{ maxBytes: 4096, bodyMs: 1000, deadlineMs: 60_000, late: 'deny', retentionMs: 1e9 },
      ask: question => void asked.push(question),
      told: decided => void told.push(decided),
      refused: () => undefined,
      fail: error => void failures.push((error as AdapterError).code),
      ...more,
    });
    server = createServer((request, response) => void handlers[request.url?.slice(1) ?? '']?.(request, response));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const send = async (event: object, path = 'subscriptions', headers = {}) => {
    const { status, text } = await call(`${url}/${path}`, { body: JSON.stringify(event), headers });
    return [status, text] as const;
  };
  const question = async (times = 1) => {
    while (asked.length < times) await new Promise(resolve => setImmediate(resolve));
    return asked[times - 1] ?? assert.fail();
  };

  it('are yes or no as the flow says, with its reason for the operator alone', async () => {
    await open();
    const no = send(anEvent(1));
    const { token, request, deadlineAt } = await question(1);
    assert.deepEqual(
      [request.action, request.subscription, deadlineAt],
      [...['create', { SubscriptionID: 's1', PlanId: 'gold' }, clock.now() + 60_000]],
    );
    assert.equal(await wasAnswered(token), false);
    await answerCall(token, deny);
    assert.deepEqual(await no, [403, '{"eventId":1,"decision":"deny"}']);
    assert.equal(await wasAnswered(token), true);
    const yes = send(anEvent(2));
    await answerCall((await question(2)).token, approve);
    assert.deepEqual(await yes, [204, '']);
    assert.deepEqual(
      told.map(({ eventId, decision, decidedBy, reason }) => [eventId, decision, decidedBy, reason]),
      [
        [1, 'deny', 'flow', 'not paid'],
        [2, 'approve', 'flow', null],
      ],
    );
  });

  it('go to the flow with what is bought and for whom', async () => {
    await open();
    const Entity = { AddOnId: 'extra', AddOnInstanceId: null };
    const event = anEvent('7', { Method: 'DELETE', EntityParentId: 's7', Entity });
    const answer = send(event, 'subscriptionaddons');
    const one = await question();
    assert.deepEqual(approvalMessage(one), {
      ...{ topic: 'subscriptionAddon/delete', payload: event },
      wap: { kind: 'addon', subscription: { SubscriptionID: 's7' }, addOnReference: Entity },
      approval: { eventId: 7, token: one.token, deadlineAt: one.deadlineAt },
    });
    await answerCall(one.token, approve);
    assert.equal((await answer)[0], 204);
  });

  for (const [late, status] of [
    ['deny', 403],
    ['approve', 204],
  ] as const)
    it(`are answered with ${late} at the deadline where that is chosen`, async () => {
      await open({ late });
      const answer = send(anEvent(1));
      const { token } = await question();
      clock.advance(60_000);
      assert.equal((await answer)[0], status);
      assert.deepEqual(
        told.map(({ decision, decidedBy }) => [decision, decidedBy]),
        [[late, 'deadline']],
      );
      const message = new RegExp(`came after the deadline, which gave the answer ${late}`);
      await assert.rejects(answerCall(token, approve), fails('CALL_LATE', message));
    });

  it('are yes for an update, which the flow is told of', async () => {
    await open();
    const answer = send(anEvent(1, { Method: 'PUT' }));
    const one = await question();
    assert.equal((await answer)[0], 204);
    const { topic, approval } = approvalMessage(one);
    assert.deepEqual([topic, approval.decided], ['subscription/update', 'approve']);
    await assert.rejects(
      answerCall(one.token, deny),
      fails('CALL_ANSWERED', /it is an update, which is accepted at once/),
    );
  });

  it('are asked once, and their repeats get the same answer', async () => {
    await open();
    const both = [send(anEvent(1)), send(anEvent(1))];
    const { token } = await question();
    const other = await send(anEvent(1, { Entity: { SubscriptionID: 'other' } }));
    assert.equal(other[0], 409);
    await answerCall(token, deny);
    for (const answer of [...both, send(anEvent(1))]) assert.equal((await answer)[0], 403);
    assert.deepEqual([asked.length, failures], [1, ['CALL_CONFLICT']]);
  });

  it('take one answer', async () => {
    await open();
    const answer = send(anEvent(1));
    const { token } = await question();
    const both = await Promise.allSettled([answerCall(token, approve), answerCall(token, deny)]);
    assert.deepEqual(
      both.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
    assert.equal((await answer)[0], 204);
    await assert.rejects(answerCall(token, deny), fails('CALL_ANSWERED', /Event 1 .*the answer was approve/));
  });

  it('are refused with the reason when they cannot be read', async () => {
    await open();
    for (const [event, headers, status, message] of [
      [{ EventId: 1 }, {}, 400, /Entity/],
      [anEvent(-1), {}, 400, /EventId/],
      [anEvent(1, { Entity: { SubscriptionID: '' } }), {}, 400, /Entity\.SubscriptionID/],
      [anEvent(1), { 'content-encoding': 'gzip' }, 415, /it is compressed/],
      [anEvent(1, { more: 'x'.repeat(5000) }), {}, 413, /larger than 4096 bytes/],
      [anEvent(1, { more: JSON.parse('['.repeat(60) + ']'.repeat(60)) }), {}, 400, /nested deeper than 50 levels/],
    ] as const) {
      const [found, text] = await send(event, 'subscriptions', headers);
      assert.equal(found, status, text);
      assert.match(text, message);
    }
    assert.deepEqual([asked.length, [...new Set(failures)]], [0, ['CALL_MALFORMED']]);
  });

  it('are not decided when the node closes', async () => {
    await open();
    const answer = send(anEvent(1));
    const { token } = await question();
    ending.abort();
    assert.equal((await answer)[0], 503);
    assert.deepEqual([told, failures], [[], []]);
    await assert.rejects(answerCall(token, approve), fails('CALL_UNKNOWN', /No node serves \/wap now/));
  });

  it('are taken by one node a prefix', async () => {
    await open();
    const more = { owner: 'Others', signal: new AbortController().signal };
    const first = server;
    await assert.rejects(open(more), fails('INPUT_CONFIG', /"Approvals" serves \/wap already/));
    assert.equal(server, first);
  });

  it('forget what was decided long ago', async () => {
    await open({ retentionMs: 3_600_000 });
    const answer = send(anEvent(1));
    const { token } = await question();
    await answerCall(token, deny);
    await answer;
    for (let hours = 0; (await wasAnswered(token)) && hours < 50; hours += 1) {
      clock.advance(3_600_000);
      await clock.asleep();
    }
    assert.equal(await wasAnswered(token), false);
  });
});

describe('credentials of calls', () => {
  it('are no longer than 1024 bytes', () => {
    credentialsCheck({ user: 'u', password: 'x'.repeat(1022) });
    assert.throws(
      () => credentialsCheck({ user: 'u', password: 'x'.repeat(1023) }),
      fails('INPUT_INVALID', /^password: with the user it is longer than 1024 bytes/),
    );
  });
});
