import assert from 'node:assert/strict';
import net from 'node:net';
import type { Clock } from '../../../lib/async/clock';
import { AdapterError } from '../../../lib/errors';
import { createHttp } from '../../../lib/http/client';
import type { Authorizer, HttpCall, HttpClient, HttpSettings } from '../../../lib/http/types';
import { InstantClock } from './instant-clock';
import type { Answer, Peer } from './peer';
import { json, never, raw, reset, startPeer } from './peer';

const get: HttpCall = { method: 'GET', path: '/plans', repeatable: true, subject: 'plans' };
const post: HttpCall = { method: 'POST', path: '/plans', repeatable: false, subject: 'plan Gold', body: { a: 1 } };

describe('HTTP client', () => {
  const open: Array<{ close(): unknown }> = [];
  afterEach(async () => {
    for (const thing of open.splice(0).reverse()) await thing.close();
  });

  async function peer(...answers: Answer[]): Promise<Peer> {
    const server = await startPeer(answers);
    open.push(server);
    return server;
  }

  function client(
    baseUrl: string,
    more: Partial<HttpSettings> & { authorize?: Authorizer; clock?: Clock; family?: 'WAP' | 'BILLING' } = {},
  ): HttpClient {
    const { authorize, clock = new InstantClock(), family = 'WAP', ...settings } = more;
    const wanted = { baseUrl, attemptTimeoutMs: 5_000, totalTimeoutMs: 60_000, retries: 2, ...settings };
    const made = createHttp(family, wanted, authorize, clock);
    open.push(made);
    return made;
  }

  async function failed(call: Promise<unknown>): Promise<AdapterError> {
    try {
      await call;
    } catch (error) {
      assert.ok(error instanceof AdapterError, `expected an AdapterError, got ${error}`);
      return error;
    }
    assert.fail('the call succeeded');
  }

  it('sends JSON and reads JSON under a path prefix', async () => {
    const server = await peer(json(201, { Id: 'x' }));
    const answer = await client(`${server.url}/wap/`).call({ ...post, query: { sync: 'True', n: 1 } });
    assert.equal(answer.status, 201);
    assert.deepEqual(answer.body, { Id: 'x' });
    const request = server.seen[0];
    assert.equal(request?.url, '/wap/plans?sync=True&n=1');
    assert.equal(request?.body, '{"a":1}');
    assert.equal(request?.headers['content-type'], 'application/json; charset=utf-8');
    assert.equal(request?.headers.accept, 'application/json');
  });

  it('keeps the digits of a number that JavaScript cannot hold, as its text', async () => {
    const server = await peer(raw(200, '{"Id":123456789012345779,"EventId":7}'));
    assert.deepEqual((await client(server.url).call(get)).body, { Id: '123456789012345779', EventId: 7 });
  });

  it('sends an empty PUT with Content-Length 0 and reads an empty answer as null', async () => {
    const server = await peer(raw(202, ''));
    const answer = await client(server.url).call({ ...get, method: 'PUT' });
    assert.equal(answer.body, null);
    assert.equal(server.seen[0]?.headers['content-length'], '0');
    assert.equal(server.seen[0]?.headers['content-type'], undefined);
  });

  it('makes all calls in a row over one connection', async () => {
    const server = await peer(json(200, []));
    const http = client(server.url);
    for (let n = 0; n < 5; n += 1) await http.call(get);
    assert.equal(server.connections(), 1);
  });

  for (const [status, wap, billing, retryable] of [
    [400, 'WAP_INPUT', 'BILLING_INPUT', false],
    [401, 'WAP_AUTH', 'BILLING_AUTH', false],
    [403, 'WAP_FORBIDDEN', 'BILLING_AUTH', false],
    [404, 'WAP_NOT_FOUND', 'BILLING_NOT_FOUND', false],
    [405, 'WAP_INPUT', 'BILLING_INPUT', false],
    [408, 'WAP_TIMEOUT', 'BILLING_TIMEOUT', true],
    [409, 'WAP_CONFLICT', 'BILLING_CONFLICT', false],
    [429, 'WAP_RATE', 'BILLING_RATE', true],
    [500, 'WAP_SERVER', 'BILLING_SERVER', true],
    [503, 'WAP_SERVER', 'BILLING_SERVER', true],
  ] as const)
    it(`maps ${status} to ${wap} and ${billing}`, async () => {
      const server = await peer(json(status, { Code: 'SomeCode', Message: 'Some text.' }));
      for (const [family, code] of [
        ['WAP', wap],
        ['BILLING', billing],
      ] as const) {
        const error = await failed(client(server.url, { family, retries: 0 }).call(post));
        assert.equal(error.code, code);
        assert.deepEqual(error.cause, { retryable, httpStatus: status, subject: 'plan Gold', attempt: 1 });
        assert.match(error.message, /SomeCode: Some text\. \(plan Gold, POST \/plans\)/);
      }
    });

  it('quotes the details of an error and bounds its length', async () => {
    const details = [{ Code: 'X', Source: 'plans', Message: `line\n${'y'.repeat(5_000)}` }];
    const server = await peer(json(409, { Code: 'Conflict', Message: 'Known.', Details: details }));
    const { message } = await failed(client(server.url).call(post));
    assert.match(message, /Conflict: Known\.: line yyy/);
    assert.ok(message.length < 450, `${message.length} characters`);
  });

  it('says that an error came as an HTML page without quoting it', async () => {
    const server = await peer(raw(500, '<html><p>secret stack</p></html>', { 'content-type': 'text/html' }));
    const { message } = await failed(client(server.url, { retries: 0 }).call(get));
    assert.match(message, /answered 500 with an HTML page/);
    assert.doesNotMatch(message, /secret stack/);
  });

  for (const [title, body, type, said] of [
    ['an HTML page', '<html>login</html>', 'text/html', /with an HTML page instead of JSON: is the address right/],
    ['a page that hides its type', ' <!DOCTYPE html><p>x</p>', 'application/json', /with an HTML page instead of JSON/],
    ['XML', '<?xml version="1.0"?><plans/>', 'application/xml', /with XML instead of JSON: is the address right/],
    ['nothing', '', 'application/json', /with an empty body instead of complete JSON/],
    ['JSON that was cut', '[{"Id":', 'application/json', /with 7 characters instead of complete JSON/],
  ] as const) {
    it(`names ${title} instead of JSON once its repeats are used up, as what may pass`, async () => {
      const server = await peer(raw(200, body, { 'content-type': type }));
      const error = await failed(client(server.url).call(get));
      assert.deepEqual([error.code, error.cause.retryable, server.seen.length], ['WAP_BAD_RESPONSE', true, 3]);
      assert.match(error.message, said);
    });

    it(`reads again after ${title}, and never sends a create again`, async () => {
      const server = await peer(raw(200, body, { 'content-type': type }), json(200, ['fine']));
      assert.deepEqual((await client(server.url).call(get)).body, ['fine']);
      const other = await peer(raw(200, body, { 'content-type': type }));
      await client(other.url)
        .call(post)
        .catch(() => undefined);
      assert.equal(other.seen.length, 1);
    });
  }

  it('takes a body nested 100,000 deep as no answer, whatever its status', async () => {
    const deep = `${'{"error":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    for (const [status, code] of [
      [422, 'BILLING_INPUT'],
      [500, 'BILLING_SERVER'],
      [200, 'BILLING_BAD_RESPONSE'],
    ] as const) {
      const server = await peer(raw(status, deep, { 'content-type': 'application/json' }));
      const error = await failed(client(server.url, { family: 'BILLING', retries: 0 }).call(get));
      assert.equal(error.code, code, error.message);
    }
  });

  it('names the host of a redirect and does not follow it', async () => {
    const server = await peer(raw(302, '', { location: 'https://login.example/?ticket=abc' }));
    const error = await failed(client(server.url).call(get));
    assert.equal(error.code, 'WAP_BAD_RESPONSE');
    assert.match(error.message, /redirect to login\.example: redirects are not followed/);
    assert.doesNotMatch(error.message, /abc/);
  });

  it('takes an accepted status as an answer, also with a body that is no JSON', async () => {
    const server = await peer(raw(404, '<html>', { 'content-type': 'text/html' }));
    const answer = await client(server.url).call({ ...get, accept: status => status === 404 });
    assert.deepEqual([answer.status, answer.body], [404, null]);
  });

  it('refuses a body that JSON cannot hold, and sends nothing', async () => {
    const server = await peer(json(200, null));
    const error = await failed(client(server.url).call({ ...post, body: { amount: 1n } }));
    assert.equal(error.code, 'INPUT_INVALID');
    assert.equal(server.seen.length, 0);
  });

  it('hands out a text body as it came', async () => {
    const server = await peer(raw(200, '<a> b </a>'));
    assert.equal((await client(server.url).call({ ...get, read: 'text' })).body, '<a> b </a>');
  });

  describe('repeats', () => {
    for (const [title, first] of [
      ['a reset connection', reset],
      ['500', json(500, null)],
      ['429', json(429, null)],
      ['cut JSON', raw(200, '[{"Id":', { 'content-type': 'application/json' })],
      ['a body that breaks off', raw(200, '[1,', { 'content-length': '400' })],
    ] as const)
      it(`a repeatable call after ${title}`, async () => {
        const breakOff: Answer = (req, res, socket) => {
          first(req, res, socket);
          if (title === 'a body that breaks off') setImmediate(() => socket.destroy());
        };
        const server = await peer(breakOff, json(200, ['fine']));
        assert.deepEqual((await client(server.url).call(get)).body, ['fine']);
        assert.equal(server.seen.length, 2);
      });

    it('ends after the set number of repeats and counts the attempts', async () => {
      const server = await peer(json(500, { Message: 'Down.' }));
      const error = await failed(client(server.url, { retries: 2 }).call(get));
      assert.equal(server.seen.length, 3);
      assert.equal(error.cause.attempt, 3);
      assert.match(error.message, /attempt 3/);
    });

    it('waits longer each time, within its bounds', async () => {
      const clock = new InstantClock();
      const server = await peer(json(500, null));
      await failed(client(server.url, { retries: 3, clock }).call(get));
      assert.equal(clock.waits.length, 3);
      for (const [index, longest] of [200, 400, 800].entries()) {
        const wait = clock.waits[index] ?? 0;
        assert.ok(wait >= longest / 2 && wait <= longest, `wait ${index + 1}: ${wait} ms`);
      }
    });

    for (const [title, headers] of [
      ['Retry-After in seconds', { 'retry-after': '7' }],
      ['Retry-After with a fraction', { 'retry-after': '7.0' }],
      ['Retry-After as a date', { 'retry-after': 'Thu, 01 Jan 2026 00:00:07 GMT' }],
      ['Retry-After as a date of RFC 850', { 'retry-after': 'Thursday, 01-Jan-26 00:00:07 GMT' }],
      ['Retry-After as a date of asctime', { 'retry-after': 'Thu Jan  1 00:00:07 2026' }],
      ['retry-after-ms', { 'retry-after-ms': '7000', 'retry-after': '9' }],
      ['X-RateLimit-Reset in seconds', { 'x-ratelimit-reset': '7' }],
      ['X-RateLimit-Reset as a time', { 'x-ratelimit-reset': '1767225607' }],
      ['X-RateLimit-Reset as a time in ms', { 'x-ratelimit-reset': '1767225607000' }],
      ['X-RateLimit-Reset as a length', { 'x-ratelimit-reset': '0m7s' }],
      ['X-RateLimit-Reset-After', { 'x-ratelimit-reset-after': '6.999' }],
      [
        'X-RateLimit-Reset of each limit',
        { 'x-ratelimit-remaining-calls': '0', 'x-ratelimit-reset-calls': '7s', 'x-ratelimit-reset-items': '9m0s' },
      ],
      ['RateLimit-Reset', { 'ratelimit-reset': '7' }],
      ['RateLimit of the later draft', { ratelimit: '"day";r=4;t=3600, "burst";r=0;t=7' }],
      ['RateLimit of the earlier draft', { ratelimit: 'limit=10, remaining=0, reset=7' }],
    ] as const)
      it(`waits as long as ${title} says`, async () => {
        const clock = new InstantClock(Date.UTC(2026, 0, 1));
        const server = await peer(json(429, null, { ...headers }), json(200, []));
        await client(server.url, { clock }).call(get);
        const wait = clock.waits[0] ?? 0;
        assert.ok(wait >= 6_999 && wait <= 7_200, `waited ${wait} ms`);
      });

    it('reads a limit that is reached out of a 403, and none out of a 500 that only counts', async () => {
      const spent = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '7' };
      const server = await peer(json(403, null, spent), json(201, { Id: 'x' }));
      assert.equal((await client(server.url).call(post)).status, 201);
      const clock = new InstantClock();
      const failing = await peer(json(500, null, { 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': '50' }));
      const error = await failed(client(failing.url, { clock, retries: 1 }).call(get));
      assert.equal(error.cause.retryAfterMs, undefined);
      assert.ok((clock.waits[0] ?? 0) <= 200);
    });

    it('binds every call of the peer by what one was told', async () => {
      const clock = new InstantClock(Date.UTC(2026, 0, 1));
      const server = await peer(json(429, null, { 'retry-after': '120' }), json(200, []));
      const http = client(server.url, { clock });
      assert.equal((await failed(http.call(get))).code, 'WAP_RATE');
      clock.advance(20_000);
      const error = await failed(http.call(post));
      assert.deepEqual([error.code, error.cause.retryAfterMs, error.cause.httpStatus], ['WAP_RATE', 100_000, 429]);
      assert.match(error.message, /asked to be left alone for another 100 s/);
      assert.equal(server.seen.length, 1);
      clock.advance(60_000);
      assert.deepEqual((await http.call(get)).body, []);
      const wait = clock.waits[0] ?? 0;
      assert.ok(wait >= 40_000 && wait <= 40_200, `waited ${wait} ms`);
    });

    it('asks again after an hour, whatever it was told, and at once when the clock was set back', async () => {
      const clock = new InstantClock();
      const server = await peer(json(503, null, { 'retry-after': '999999999' }), json(200, []));
      const http = client(server.url, { clock, retries: 0 });
      assert.equal((await failed(http.call(get))).cause.retryAfterMs, 86_400_000);
      clock.advance(3_600_001);
      assert.equal((await http.call(get)).status, 200);
      const other = await peer(json(503, null, { 'retry-after': '3000' }), json(200, []));
      const back = client(other.url, { clock, retries: 0 });
      await failed(back.call(get));
      clock.advance(-86_400_000);
      assert.equal((await back.call(get)).status, 200);
    });

    it('does not begin a wait that the total limit would cut', async () => {
      const clock = new InstantClock();
      const server = await peer(json(429, null, { 'retry-after': '120' }));
      const error = await failed(client(server.url, { clock }).call(get));
      assert.equal(error.code, 'WAP_RATE');
      assert.equal(error.cause.retryAfterMs, 120_000);
      assert.deepEqual(clock.waits, []);
    });

    it('never sends a create again after a reset, a 500 or a 503 with Retry-After', async () => {
      for (const answer of [reset, json(500, null), json(503, null, { 'retry-after': '1' })]) {
        const server = await peer(answer);
        await failed(client(server.url).call(post));
        assert.equal(server.seen.length, 1);
      }
    });

    it('sends a create again after 429, which is answered before anything is done', async () => {
      const server = await peer(json(429, null, { 'retry-after': '1' }), json(201, { Id: 'x' }));
      assert.equal((await client(server.url).call(post)).status, 201);
      assert.equal(server.seen.length, 2);
    });

    it('does not repeat what cannot succeed', async () => {
      const server = await peer(json(400, null));
      await failed(client(server.url).call(get));
      assert.equal(server.seen.length, 1);
    });
  });

  describe('authorization', () => {
    it('asks for a new header after a 401 and sends even a create once more', async () => {
      const server = await peer(json(401, null), json(201, { Id: 'x' }));
      const headers = ['Bearer old', 'Bearer new'];
      const refused: string[] = [];
      const authorize = {
        header: async () => headers.shift() ?? '',
        refused: (header: string) => refused.push(header),
      };
      await client(server.url, { authorize }).call(post);
      assert.deepEqual(
        server.seen.map(request => request.headers.authorization),
        ['Bearer old', 'Bearer new'],
      );
      assert.deepEqual(refused, ['Bearer old']);
    });

    it('ends with AUTH after the second 401', async () => {
      const server = await peer(json(401, null));
      const authorize = { header: async () => 'Bearer x', refused: () => undefined };
      const error = await failed(client(server.url, { authorize }).call(get));
      assert.equal(error.code, 'WAP_AUTH');
      assert.equal(server.seen.length, 2);
      assert.doesNotMatch(JSON.stringify([error, error.message, error.stack]), /Bearer/);
    });

    it('takes a 401 as final where there is nothing to refresh', async () => {
      const server = await peer(json(401, null));
      await failed(client(server.url, { authorize: { header: async () => 'Basic x' } }).call(get));
      assert.equal(server.seen.length, 1);
    });
  });

  describe('limits', () => {
    it('gives an attempt up after its time', async () => {
      const server = await peer(never, json(200, []));
      assert.equal((await client(server.url, { attemptTimeoutMs: 50 }).call(get)).status, 200);
      const slow = await peer(never);
      const error = await failed(client(slow.url, { attemptTimeoutMs: 50, retries: 0 }).call(get));
      assert.equal(error.code, 'WAP_TIMEOUT');
      assert.match(error.message, /did not answer within 50 ms/);
    });

    it('counts the time until the last byte, not the pause between bytes', async () => {
      const server = await peer((_req, res) => {
        res.writeHead(200, { 'content-type': 'application/json' });
        const drip = setInterval(() => res.write(' '), 10);
        res.on('close', () => clearInterval(drip));
      });
      const error = await failed(client(server.url, { attemptTimeoutMs: 80, retries: 0 }).call(get));
      assert.equal(error.code, 'WAP_TIMEOUT');
    });

    it('gives the whole call up after the total time', async () => {
      const server = await peer(never);
      const error = await failed(client(server.url, { totalTimeoutMs: 60 }).call(get));
      assert.equal(error.code, 'WAP_TIMEOUT');
      assert.match(error.message, /within 60 ms in all/);
    });

    it('refuses an answer that is too long', async () => {
      const server = await peer(json(200, 'x'.repeat(5_000)));
      const error = await failed(client(server.url, { maxBodyBytes: 1_000 }).call(get));
      assert.equal(error.code, 'WAP_BAD_RESPONSE');
      assert.match(error.message, /more than 1000 bytes/);
      assert.equal(server.seen.length, 1);
    });

    it('is a time-out when the time of the caller is over, because nobody gave it up', async () => {
      const server = await peer(never);
      const error = await failed(client(server.url).call({ ...get, signal: AbortSignal.timeout(40) }));
      assert.equal(error.code, 'WAP_TIMEOUT');
      assert.match(error.message, /did not answer within the time it had/);
    });

    it('is a time-out when no token came in time', async () => {
      const server = await peer(json(200, []));
      const authorize: Authorizer = {
        header: signal =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new AdapterError('ABORTED', 'Given up.')));
          }),
      };
      const error = await failed(client(server.url, { authorize, totalTimeoutMs: 40 }).call(get));
      assert.equal(error.code, 'WAP_TIMEOUT');
      assert.match(error.message, /could not be asked, because no token came within 40 ms in all/);
    });

    it('is aborted by the signal while it waits for an answer', async () => {
      const abort = new AbortController();
      const server = await peer(() => abort.abort());
      const error = await failed(client(server.url).call({ ...get, signal: abort.signal }));
      assert.equal(error.code, 'ABORTED');
      assert.equal(server.seen.length, 1);
    });

    it('is aborted by the signal while it waits to repeat', async () => {
      const abort = new AbortController();
      const server = await peer(json(500, null));
      const clock: Clock = {
        now: () => 0,
        sleep: (_ms, signal) =>
          new Promise((_resolve, reject) => {
            signal?.addEventListener('abort', () => reject(signal.reason));
            abort.abort();
          }),
      };
      const error = await failed(client(server.url, { clock }).call({ ...get, signal: abort.signal }));
      assert.equal(error.code, 'ABORTED');
      assert.equal(server.seen.length, 1);
    });

    it('sends nothing once its signal has fired, nor after close', async () => {
      const server = await peer(json(200, []));
      const http = client(server.url);
      assert.equal((await failed(http.call({ ...get, signal: AbortSignal.abort() }))).code, 'ABORTED');
      http.close();
      assert.equal((await failed(http.call(get))).code, 'ABORTED');
      assert.equal(server.seen.length, 0);
    });

    it('ends calls in flight on close', async () => {
      let close = () => {};
      const server = await peer(() => close());
      const http = client(server.url);
      close = () => http.close();
      const errors = await Promise.all([failed(http.call(get)), failed(http.call(post))]);
      assert.deepEqual(
        errors.map(error => error.code),
        ['ABORTED', 'ABORTED'],
      );
    });

    it('serves many calls on one signal without leaving listeners behind', async () => {
      const abort = new AbortController();
      const server = await peer(json(200, []));
      const http = client(server.url);
      const warnings: Error[] = [];
      const onWarning = (warning: Error) => warnings.push(warning);
      process.on('warning', onWarning);
      await Promise.all(Array.from({ length: 40 }, () => http.call({ ...get, signal: abort.signal })));
      await new Promise(resolve => setImmediate(resolve));
      process.off('warning', onWarning);
      assert.deepEqual(warnings, []);
    });
  });

  it('names host and port where nothing listens, and tries a create again there', async () => {
    const gone = net.createServer();
    await new Promise<void>(resolve => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as net.AddressInfo;
    await new Promise(resolve => gone.close(resolve));
    const error = await failed(client(`http://127.0.0.1:${port}`, { retries: 1 }).call(post));
    assert.equal(error.code, 'WAP_NETWORK');
    assert.match(error.message, new RegExp(`nothing listens at 127\\.0\\.0\\.1:${port}`));
    assert.equal(error.cause.attempt, 2);
  });

  for (const [field, settings] of [
    ['baseUrl', { baseUrl: 'wap:30004' }],
    ['baseUrl', { baseUrl: '' }],
    ['baseUrl', { baseUrl: 'https://user:geheim@wap:30004' }],
    ['attemptTimeoutMs', { attemptTimeoutMs: 0 }],
    ['totalTimeoutMs', { totalTimeoutMs: Number.NaN }],
    ['retries', { retries: -1 }],
    ['proxy.url', { proxy: { url: 'proxy' } }],
  ] as const)
    it(`refuses ${JSON.stringify(settings)} and names ${field}`, () => {
      assert.throws(
        () => client('http://127.0.0.1:1', settings),
        (error: unknown) =>
          error instanceof AdapterError &&
          error.code === 'INPUT_INVALID' &&
          error.message.startsWith(`${field}: `) &&
          !error.message.includes('geheim'),
      );
    });
});
