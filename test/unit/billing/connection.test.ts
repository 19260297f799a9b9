import assert from 'node:assert/strict';
import { openBilling } from '../../../lib/billing/connection';
import type { AdapterError } from '../../../lib/errors';
import { failsWith } from '../../contract/provider';
import { type BillingWorld, billingWorld } from './billing-world';
import { compile } from './jsonata-compile';

const http = { baseUrl: 'https://billing.example:8443/api', attemptTimeoutMs: 1000, totalTimeoutMs: 5000, retries: 2 };
const good = { provider: 'rest', http, auth: { kind: 'none' } } as const;

const bad: Array<[string, Record<string, unknown>, string]> = [
  ['an unknown provider', { provider: 'paper' }, 'provider'],
  ['a provider that every object has', { provider: 'constructor' }, 'provider'],
  ['no address', { http: { ...http, baseUrl: '' } }, 'baseUrl'],
  ['an address without a scheme', { http: { ...http, baseUrl: 'billing.example' } }, 'baseUrl'],
  ['an address with a password', { http: { ...http, baseUrl: 'https://u:p@billing.example' } }, 'baseUrl'],
  ['a negative time limit', { http: { ...http, attemptTimeoutMs: -1 } }, 'attemptTimeoutMs'],
  ['retries in words', { http: { ...http, retries: 'two' } }, 'retries'],
  ['no kind of credentials', { auth: {} }, 'auth.kind'],
  ['no credentials', { auth: null }, 'auth.kind'],
  ['an empty token', { auth: { kind: 'bearer', token: '' } }, 'auth.token'],
  ['a token with a line break', { auth: { kind: 'bearer', token: 'sesame\n' } }, 'auth.token'],
  ['no user', { auth: { kind: 'basic', user: '', password: 'sesame' } }, 'auth.user'],
  ['a user with a colon', { auth: { kind: 'basic', user: 'a:b', password: 'sesame' } }, 'auth.user'],
  ['no password', { auth: { kind: 'basic', user: 'a' } }, 'auth.password'],
  ['a header name with a space', { auth: { kind: 'header', name: 'X Key', value: 'sesame' } }, 'auth.headerName'],
  ['a header value beyond ASCII', { auth: { kind: 'header', name: 'X-Key', value: 'sésame' } }, 'auth.token'],
  ['an idempotency header with a colon', { idempotencyHeader: 'Key:' }, 'idempotencyHeader'],
  ['a target with a space', { target: 'my billing' }, 'target'],
  ['templates that are a text', { templates: '{}' }, 'templates'],
];

describe('a billing connection', () => {
  for (const [what, settings, subject] of bad)
    it(`refuses ${what}, naming the field`, () => {
      assert.throws(
        () => openBilling({ ...good, ...settings }, { compile }),
        (error: AdapterError) => {
          assert.deepEqual([error.code, error.cause.subject], ['INPUT_INVALID', subject], error.message);
          assert.doesNotMatch(`${error.message}${JSON.stringify(error)}`, /s[eé]same/);
          return true;
        },
      );
    });

  it('is called by host and port, or as it is told', () => {
    for (const [target, expected] of [
      [undefined, 'billing.example:8443'],
      ['', 'billing.example:8443'],
      ['books', 'books'],
    ] as const) {
      const connection = openBilling({ ...good, ...(target === undefined ? {} : { target }) }, { compile });
      assert.equal(connection.target, expected);
      connection.close();
    }
  });

  describe('that is open', () => {
    let world: BillingWorld;
    beforeEach(async () => {
      world = await billingWorld({ retries: 0 });
    });
    afterEach(() => world.close());

    it('made no call by opening', () => assert.deepEqual(world.simulator.log.entries(), []));

    it('answers a check with the right credentials', () => world.connection.check());

    it('tells in a check that billing fails', async () => {
      world.simulator.faults.add({ kind: 'status', path: /./ });
      await assert.rejects(world.connection.check(), failsWith('BILLING_SERVER'));
    });

    it('gives up a check when told to', async () => {
      const fault = world.simulator.faults.add({ kind: 'hold', path: /./ });
      const stop = new AbortController();
      const check = world.connection.check(stop.signal);
      await fault.untilHit();
      stop.abort();
      await assert.rejects(check, failsWith('ABORTED'));
    });

    it('ends calls and waits when it is closed, and makes none afterwards', async () => {
      const fault = world.simulator.faults.add({ kind: 'hold', path: /./ });
      const { provider, propagation } = world.connection;
      const call = provider.offerState('gold');
      const deadlineAt = Date.now() + 60_000;
      const wait = propagation.wait({ key: 'gold', until: 'active', intervalMs: 1000, deadlineAt });
      await fault.untilHit();
      const ends = [assert.rejects(call, failsWith('ABORTED')), assert.rejects(wait, failsWith('ABORTED'))];
      world.connection.close();
      await Promise.all(ends);
      const calls = world.simulator.log.entries().length;
      await assert.rejects(provider.offerState('gold'), failsWith('ABORTED'));
      await assert.rejects(
        propagation.wait({ key: 'gold', until: 'active', intervalMs: 1000, deadlineAt }),
        failsWith('ABORTED'),
      );
      assert.equal(world.simulator.log.entries().length, calls);
    });
  });
});
