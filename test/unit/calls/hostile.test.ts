import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import { systemClock } from '../../../lib/async/clock';
import { readApproval } from '../../../lib/calls/approval-request';
import { openApprovals } from '../../../lib/calls/approvals';
import type { CallHandler } from '../../../lib/calls/handler';
import { answerCall } from '../../../lib/calls/open-endpoints';
import { openPrices } from '../../../lib/calls/prices';
import type { AdapterError } from '../../../lib/errors';
import { type AcquiredStore, acquireStore } from '../../../lib/state/open';
import { holds } from '../../harness/property';
import { asked, basic, type Call, call, password, user } from '../../nodes/calls-world';
import { cleanScratch, scratchFolder } from '../state/scratch';

/** Both endpoints on a plain HTTP server; the flow approves at once whatever it is asked. */
describe('calls from anybody', () => {
  const failures: AdapterError[] = [];
  const questions: number[] = [];
  let fresh = 4_000_000_000;
  const ending = new AbortController();
  let state: AcquiredStore;
  let server: Server;
  let url = '';

  before(async () => {
    state = await acquireStore('calls.sqlite', await scratchFolder());
    const common = {
      ...{
        clock: systemClock,
        endpoint: '/wap',
        owner: 'test',
        credentials: { user, password },
        signal: ending.signal,
      },
      fail: (error: unknown) => void failures.push(error as AdapterError),
      refused: () => undefined,
    };
    const approvals = await openApprovals({
      ...common,
      ...{ store: state.store, maxBytes: 4096, bodyMs: 100, deadlineMs: 20_000, late: 'deny', retentionMs: 1e9 },
      ask: ({ request, token, decided }) => {
        questions.push(request.eventId);
        if (!decided) answerCall(token, { answer: 'approve', reason: undefined }).catch(common.fail);
      },
      told: () => undefined,
    });
    const prices = openPrices({
      ...common,
      ...{ source: 'table', table: [{ plan: '*', price: '1 EUR' }], form: 'json', deadlineMs: 1000 },
      ...{ nameOf: async () => null, ask: () => undefined, late: () => undefined },
    });
    const handlers: Record<string, CallHandler> = { ...approvals, ...prices };
    server = createServer((request, response) => {
      const name = (request.url ?? '').split('?', 1)[0]?.slice(1).toLowerCase() ?? '';
      const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
      if (handler) void handler(request, response);
      else response.writeHead(404).end();
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    ending.abort();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
    await state.release();
    await cleanScratch();
  });

  const approval = (more: Call) => call(`${url}/subscriptions`, more);
  const alive = async (eventId: number) =>
    assert.equal((await approval({ body: JSON.stringify(asked(eventId)) })).status, 204);
  const property = fc.asyncProperty.bind(fc);
  const runs = { numRuns: 150 };

  it('get 401 with any credentials but the right ones, whatever else they send', () =>
    holds(
      'calls from anybody: get 401 with any credentials but the right ones, whatever else they send',
      property(fc.string(), fc.string(), fc.string(), async (name, secret, body) => {
        fc.pre(name !== user || secret !== password);
        const before = failures.length;
        const { status, text } = await approval({ body, headers: { authorization: basic(name, secret) } });
        assert.deepEqual([status, text, failures.length], [401, '{"error":"Credentials are needed."}', before]);
      }),
      runs,
    ));

  it('get 401 for any text that is no Basic header', () =>
    holds(
      'calls from anybody: get 401 for any text that is no Basic header',
      property(
        fc.base64String(),
        fc.constantFrom('Basic ', 'basic', 'Bearer ', 'Digest ', ''),
        async (text, scheme) => {
          assert.equal((await approval({ body: '{}', headers: { authorization: `${scheme}${text}` } })).status, 401);
        },
      ),
      runs,
    ));

  it('get 400 for any body that is no event, and Catch hears no content of it', () =>
    holds(
      'calls from anybody: get 400 for any body that is no event, and Catch hears no content of it',
      property(fc.oneof(fc.string({ maxLength: 500 }), fc.json()), async body => {
        const before = failures.length;
        const { status, text } = await approval({ body });
        assert.equal(status, 400);
        const [failure] = failures.slice(before);
        assert.equal(failure?.code, 'CALL_MALFORMED');
        assert.ok(body.length < 12 || !`${failure?.message}${text}`.includes(body));
      }),
      runs,
    ));

  it('get 204 or 400 for any event, and the flow hears of those with 204 only', () =>
    holds(
      'calls from anybody: get 204 or 400 for any event, and the flow hears of those with 204 only',
      property(
        fc.record(
          {
            EventId: fc.oneof(fc.nat(), fc.integer(), fc.double(), fc.string()),
            // An object of the second kind once gave 503: it has no text.
            Method: fc.oneof(
              fc.constantFrom('POST', 'put', 'Patch', 'DELETE', '0', 0),
              fc.constant({ toString: false }),
              fc.anything(),
            ),
            Entity: fc.oneof(
              fc.record({
                SubscriptionID: fc.oneof(fc.uuid(), fc.string()),
                State: fc.anything(),
                Created: fc.anything(),
              }),
              fc.anything(),
            ),
            State: fc.anything(),
          },
          { requiredKeys: [] },
        ),
        async event => {
          const before = questions.length;
          const { status } = await approval({
            body: JSON.stringify(event, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
          });
          assert.ok([204, 400, 409].includes(status), `${status}`);
          if (status !== 204) assert.equal(questions.length, before);
        },
      ),
      runs,
    ));

  it('get the same answer for one event, however many ask at once', () =>
    holds(
      'calls from anybody: get the same answer for one event, however many ask at once',
      property(fc.integer({ min: 2, max: 20 }), async times => {
        const eventId = fresh++;
        const before = questions.length;
        const body = JSON.stringify(asked(eventId));
        const replies = await Promise.all(Array.from({ length: times }, () => approval({ body })));
        assert.deepEqual([...new Set(replies.map(({ status }) => status))], [204]);
        assert.equal(questions.slice(before).filter(id => id === eventId).length, 1);
      }),
      { numRuns: 20 },
    ));

  it('get 200 for any query of a price, unless a value is far too long', () =>
    holds(
      'calls from anybody: get 200 for any query of a price, unless a value is far too long',
      property(fc.webQueryParameters(), async query => {
        assert.equal((await call(`${url}/planPrice?${query}`, { method: 'GET' })).text, '"1 EUR"');
      }),
      runs,
    ));

  it('find nothing on any other path', () =>
    holds(
      'calls from anybody: find nothing on any other path',
      property(fc.webPath(), async path => {
        fc.pre(!/^\/(subscriptions|subscriptionaddons|planprice|addonprice)$/i.test(path));
        assert.equal((await call(`${url}${path.startsWith('/') ? path : `/${path}`}`, { body: '{}' })).status, 404);
      }),
      { numRuns: 50 },
    ));

  /** What comes back for bytes written as they are; the connection stays open on our side. */
  const raw = (head: string[], body = '', hangUp = false): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      let text = '';
      socket.on('data', chunk => {
        text += chunk;
        // An answer to the head alone is followed by another one.
        if (/^HTTP\/1.1 [2-5]/m.test(text)) socket.destroy();
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
      socket.write([...head, '', body].join('\r\n'), () => {
        if (hangUp) socket.destroy();
      });
    });
  const head = (...more: string[]) => [
    ...['POST /subscriptions HTTP/1.1', 'host: x', `authorization: ${basic()}`, 'content-type: application/json'],
    ...more,
  ];

  it('get 408 when the body does not come, and 413 before it comes when it is large', async () => {
    assert.match(await raw(head('content-length: 1000'), '{"Event'), /^HTTP\/1.1 408 [\s\S]*connection: close/i);
    assert.match(await raw(head('content-length: 99999999'), '{'), /^HTTP\/1.1 413 [\s\S]*connection: close/i);
    assert.match(await raw(head('transfer-encoding: chunked'), '5\r\n{"Eve\r\n'), /^HTTP\/1.1 408 /);
    const flood = `1fff\r\n${'x'.repeat(0x1fff)}\r\n`;
    assert.match(await raw(head('transfer-encoding: chunked'), flood), /^HTTP\/1.1 413 /);
    assert.match(
      await raw(head('content-length: 99999999').map(line => line.replace(/^auth.*/, 'x: y'))),
      /^HTTP\/1.1 401 /,
    );
    await alive(3_000_000_001);
  });

  it('do not keep a connection open by a body that comes without end, when they are refused', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';
    socket.on('data', chunk => {
      text += chunk;
    });
    socket.on('error', () => undefined);
    const closed = new Promise(resolve => socket.once('close', resolve));
    socket.write([...head('content-length: 4000').map(line => line.replace(/^auth.*/, 'x: y')), '', '{'].join('\r\n'));
    const drip = setInterval(() => socket.write(' '), 20);
    await closed;
    clearInterval(drip);
    assert.match(text, /^HTTP\/1.1 401 /);
  });

  it('may come as servers of that age write: with a mark, in UTF-16, in the letters of Windows', () => {
    const text = JSON.stringify({ ...asked(7), note: 'Grün' });
    const marked = Buffer.from(`\ufeff${text}`);
    for (const body of [marked, Buffer.from(`\ufeff${text}`, 'utf16le'), Buffer.from(text, 'latin1')])
      assert.equal(readApproval('plan', body).event.note, 'Grün');
  });

  it('are told to go on when they expect it', async () => {
    const body = JSON.stringify(asked(3_000_000_002));
    const answer = await raw(head('expect: 100-continue', `content-length: ${body.length}`), body);
    assert.match(answer, /^HTTP\/1.1 100 Continue[\s\S]*HTTP\/1.1 204 /);
  });

  it('break off in the middle of a body without harm', async () => {
    const before = failures.length;
    await raw(head('content-length: 1000'), '{"Event', true);
    await call(`${url}/planPrice`, { method: 'GET' });
    await alive(3_000_000_003);
    for (const { code } of failures.slice(before)) assert.equal(code, 'CALL_MALFORMED');
  });
});
