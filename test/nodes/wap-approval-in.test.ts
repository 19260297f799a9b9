import assert from 'node:assert/strict';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import { startInProcessWorld, type World } from '../harness/world';
import { Bench, nodesOf, type Properties } from './bench';
import { approvalIn, asked, askedAddOn, type Call, call, password, type Reply, responses, served } from './calls-world';
import { configuration } from './state-world';

const ins = approvalIn({
  // Waits for what a test sends into `answer`.
  ask: { prefix: '/ask', decisionSeconds: '30' },
  decides: { prefix: '/Billing/Approve', wires: [['limit'], ['limit'], []] },
  denies: { prefix: '/late', decisionSeconds: '0.2' },
  approves: { prefix: '/late-yes', decisionSeconds: '0.2', late: 'approve' },
  twin: { prefix: '//ASK/' },
  strict: { prefix: '/strict', maxKilobytes: '1', bodySeconds: '0.2' },
  'no-password': { prefix: '/none', passwordEnv: '' },
  'no-state': { prefix: '/no-state', state: '' },
  'bad-prefix': { prefix: '/../up' },
});
const limit = nodesOf('function', {
  limit: {
    func: "msg.answer = /^dear/.test(msg.payload.Entity.SubscriptionName) ? 'deny' : 'approve'; msg.reason = 'over the limit'; return msg;",
    wires: [['answer']],
  },
});
const answers = responses({ answer: { answer: 'answer', answerType: 'msg' } });

onMajorsOfThisNode('wap-approval-in and wap-response', major => {
  let world: World<InProcess>;
  let bench: Bench;

  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWorld({ major, env: { WAP_APPROVAL_PASSWORD: password } });
    bench = await Bench.start(world, configuration, [...ins, ...limit, ...answers]);
    await allServed();
  });
  after(() => world.stop());

  const allServed = () =>
    Promise.all(
      ['ask', 'billing/approve', 'late', 'late-yes', 'strict'].map(prefix =>
        served(`${world.nodeRed.url}/${prefix}/subscriptions`),
      ),
    );
  const ask = (prefix: string, event: unknown, more: Call = {}): Promise<Reply> =>
    call(`${world.nodeRed.url}${prefix}/subscriptions`, { body: JSON.stringify(event), ...more });
  /** What the node has sent about an event. */
  const sentAbout = (eventId: number, id = 'ask', output = 0) =>
    world.until(`event ${eventId} at ${id}`, () =>
      bench.sent(id, output).find(({ approval }) => (approval as Properties).eventId === eventId),
    );

  it('gives the event to the flow and the decision to WAP', async () => {
    const waiting = ask('/ask', asked(1));
    const { topic, payload, wap, approval } = await sentAbout(1);
    assert.equal(topic, 'subscription/create');
    assert.deepEqual(payload, asked(1));
    const { State: _state, Created: _created, ...subscription } = asked(1).Entity as Properties;
    assert.deepEqual(wap, { kind: 'plan', subscription });
    const sent = await bench.answer('answer', { approval, answer: 'approve', mine: 1 });
    assert.deepEqual([sent.mine, sent.approval], [1, approval]);
    const { status, text } = await waiting;
    assert.deepEqual([status, text], [204, '']);
    assert.equal(bench.status('answer'), 'approved');
  });

  it('denies with 403, and keeps the reason to itself', async () => {
    const waiting = ask('/ask', asked(2));
    const { approval } = await sentAbout(2);
    await bench.answer('answer', { approval, answer: 'deny', reason: 'owes 12 EUR' });
    const { status, text } = await waiting;
    assert.deepEqual([status, JSON.parse(text)], [403, { eventId: 2, decision: 'deny' }]);
    assert.equal(bench.status('answer'), 'owes 12 EUR');
    await world.nodeRed.waitLog(/Denied event 2: owes 12 EUR/);
  });

  it('takes every verb and any case, and goes by the method in the body', async () => {
    const url = `${world.nodeRed.url}/billing/approve`;
    for (const [method, path, event] of [
      ['PUT', '/subscriptionAddons', askedAddOn(11)],
      ['POST', '/SUBSCRIPTIONADDONS/', askedAddOn(12, { Method: 'delete' })],
      ['PATCH', '//Subscriptions', asked(13, { Method: '0' })],
      ['POST', '/subscriptions', asked(15, { Method: 'MERGE' })],
      ['DELETE', '/subscriptions?x=1', asked(14, { Method: 'Delete' })],
    ] as const) {
      assert.equal((await call(url + path, { method, body: JSON.stringify(event) })).status, 204, path);
    }
    const topics = await Promise.all(
      [11, 12, 13, 14].map(async id => (await sentAbout(id, 'decides', id % 2 === 0 ? 1 : 0)).topic),
    );
    assert.deepEqual(topics, [
      'subscriptionAddon/create',
      'subscriptionAddon/delete',
      'subscription/create',
      'subscription/delete',
    ]);
    const { wap } = await sentAbout(11, 'decides');
    assert.deepEqual(wap, {
      ...{ kind: 'addon', subscription: { SubscriptionID: 's1' } },
      addOnReference: { AddOnId: 'extra1', AddOnInstanceId: null, AcquisitionTime: null },
    });
  });

  it('accepts updates at once and still tells the flow, once', async () => {
    for (const Method of ['PUT', 'Patch']) {
      const eventId = Method === 'PUT' ? 21 : 22;
      assert.equal((await ask('/ask', asked(eventId, { Method }))).status, 204);
      assert.equal((await ask('/ask', asked(eventId, { Method }))).status, 204);
      const { approval, topic } = await sentAbout(eventId, 'ask', 2);
      assert.deepEqual([topic, (approval as Properties).decided], ['subscription/update', 'approve']);
      assert.equal((await bench.error('answer', { approval, answer: 'deny' })).code, 'CALL_ANSWERED');
    }
    assert.equal(bench.sent('ask', 2).length, 2);
  });

  it('asks once about an event, however often and whenever WAP asks', async () => {
    const together = [1, 2, 3, 4, 5].map(() => ask('/ask', asked(31)));
    const { approval } = await sentAbout(31);
    await bench.answer('answer', { approval, answer: 'deny', reason: 'no' });
    const later = await ask('/ask', asked(31));
    const statuses = [...(await Promise.all(together)), later].map(({ status }) => status);
    assert.deepEqual(statuses, [403, 403, 403, 403, 403, 403]);
    assert.equal(bench.sent('ask').filter(sent => (sent.approval as Properties).eventId === 31).length, 1);
  });

  it('refuses another request under a known event id', async () => {
    const { status } = await ask('/ask', askedAddOn(31), {});
    assert.equal(status, 400); // an add-on does not belong on this path
    const other = asked(31, { Entity: { SubscriptionID: 'another' } });
    assert.equal((await ask('/ask', other)).status, 409);
    const caught = await world.until('the conflict', () =>
      world.messages('ask error').find(({ error }) => (error as Properties).code === 'CALL_CONFLICT'),
    );
    assert.equal(((caught.error as Properties).cause as Properties).httpStatus, 409);
  });

  it('tells a second answer that there was one', async () => {
    const waiting = ask('/ask', asked(41));
    const { approval } = await sentAbout(41);
    await bench.answer('answer', { approval, answer: 'approve' });
    const { code, cause } = await bench.error('answer', { approval, answer: 'deny' });
    assert.equal(code, 'CALL_ANSWERED');
    assert.deepEqual(cause.details, { eventId: 41, decision: 'approve', decidedBy: 'flow' });
    assert.equal((await waiting).status, 204);
    assert.equal((await ask('/ask', asked(41))).status, 204);
  });

  it('answers for a flow that is late, and tells the late answer so', async () => {
    assert.equal((await ask('/late', asked(51))).status, 403);
    assert.equal((await ask('/late-yes', asked(51))).status, 204);
    const { approval } = await sentAbout(51, 'denies');
    const { code, cause } = await bench.error('answer', { approval, answer: 'approve' });
    assert.equal(code, 'CALL_LATE');
    assert.deepEqual(cause.details, { eventId: 51, decision: 'deny', decidedBy: 'deadline' });
    assert.equal((await ask('/late', asked(51))).status, 403);
    assert.equal(bench.status('denies'), 'late: denied Gold');
  });

  it('answers by a token kept elsewhere, and refuses what is none', async () => {
    assert.equal((await bench.error('answer', { answer: 'approve' })).cause.subject, 'request');
    const { code } = await bench.error('answer', { answer: 'approve', approval: { token: 'made up' } });
    assert.equal(code, 'CALL_UNKNOWN');
    const waiting = ask('/ask', asked(61));
    const { approval } = await sentAbout(61);
    assert.equal((await bench.error('answer', { answer: 'price', payload: '1 EUR', approval })).code, 'INPUT_MISSING');
    assert.equal(
      (await bench.error('answer', { answer: 'price', payload: '1 EUR', pricing: approval })).code,
      'INPUT_INVALID',
    );
    await bench.answer('answer', { approval, answer: 'approve' });
    assert.equal((await waiting).status, 204);
  });

  it('refuses a second node with its prefix, and nodes that cannot serve', async () => {
    const codeOf = async (id: string) => {
      const { error } = await world.message(`${id} error`);
      const { code, cause } = error as { code: string; cause: Properties };
      return [code, cause.subject];
    };
    // Which of the two came first is not ours to say.
    const both = await world.until('one refused', () => {
      const found = [...world.messages('ask error'), ...world.messages('twin error')];
      return found.find(({ error }) => (error as Properties).code === 'INPUT_CONFIG');
    });
    assert.match(String((both.error as Properties).message), /serves \/ask already/);
    assert.deepEqual(await codeOf('no-password'), ['INPUT_MISSING', 'password']);
    assert.deepEqual(await codeOf('bad-prefix'), ['INPUT_INVALID', 'prefix']);
    for (const path of ['/none', '/no-state', '/up']) assert.equal((await ask(path, asked(1))).status, 404, path);
  });

  it('refuses other credentials, verbs, paths and bodies, each with its status', async () => {
    const url = `${world.nodeRed.url}/strict`;
    const body = JSON.stringify(asked(71));
    const statusOf = async (path: string, more: Call) => (await call(url + path, more)).status;
    const none = await call(`${url}/subscriptions`, { body, headers: { authorization: '' } });
    assert.deepEqual(
      [none.status, none.headers['www-authenticate']],
      [401, 'Basic realm="wap-billing", charset="UTF-8"'],
    );
    for (const authorization of ['Basic', 'Basic d2FwOg==', `Bearer ${password}`, `Basic ${'A'.repeat(9000)}`]) {
      assert.equal(await statusOf('/subscriptions', { body, headers: { authorization } }), 401);
    }
    for (const method of ['GET', 'MKCOL']) {
      assert.equal(await statusOf('/subscriptions', { method, headers: {} }), 405, method);
    }
    for (const path of ['/', '/subscription', '/subscriptions/1', '/../subscriptions', '/%73ubscriptions']) {
      assert.equal(await statusOf(path, { body }), 404, path);
    }
    for (const bad of ['', '{', '[]', 'null', '"x"', '{"EventId":1}', `{"a":${'['.repeat(100)}${']'.repeat(100)}}`]) {
      assert.equal(await statusOf('/subscriptions', { body: bad }), 400, bad.slice(0, 20));
    }
    assert.equal(await statusOf('/subscriptions', { body: Buffer.from([0x7b, 0xff, 0x7d]) }), 400);
    assert.equal(await statusOf('/subscriptions', { body: JSON.stringify(asked(71, { Method: ['POST'] })) }), 400);
    assert.equal(await statusOf('/subscriptions', { body, headers: { 'content-encoding': 'gzip' } }), 415);
    assert.equal(await statusOf('/subscriptions', { body: 'x'.repeat(1025) }), 413);
    assert.equal(await statusOf('/subscriptions', { body, headers: { 'x-flood': 'x'.repeat(20_000) } }), 431);
    assert.equal(bench.sent('strict').length, 0);
  });

  it('tells Catch of what it refused, without its content', async () => {
    const caught = await world.until('the errors', () => {
      const found = world.messages('strict error').map(({ error }) => error as { code: string; message: string });
      return found.length >= 11 ? found : undefined;
    });
    assert.deepEqual([...new Set(caught.map(({ code }) => code))], ['CALL_MALFORMED']);
    assert.ok(!JSON.stringify(caught).includes(password));
    await world.nodeRed.waitLog(/asked for approval with other credentials/);
  });

  it('serves nothing more once it is gone, and goes on after a deploy', async () => {
    const { nodeRed } = world;
    const flows = await nodeRed.flows();
    await nodeRed.deploy(flows.filter(({ id }) => id !== 'decides'));
    await served(`${nodeRed.url}/late/subscriptions`);
    assert.equal((await ask('/Billing/Approve', asked(81))).status, 404);
    assert.equal((await ask('/late', asked(51))).status, 403);
    await bench.deploy();
    await allServed();
    assert.equal((await ask('/Billing/Approve', asked(81))).status, 204);
  });

  it('answers 503 to whoever waits while it is deployed, and decides nothing by it', async () => {
    const waiting = ask('/ask', asked(91));
    await sentAbout(91);
    await bench.deploy();
    assert.equal((await waiting).status, 503);
    await allServed();
    const again = ask('/ask', asked(91));
    const { approval } = await world.until(
      'asked again',
      () => bench.sent('ask').filter(sent => (sent.approval as Properties).eventId === 91)[1],
    );
    await bench.answer('answer', { approval, answer: 'approve' });
    assert.equal((await again).status, 204);
  });
});
