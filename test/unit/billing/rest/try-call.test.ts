import assert from 'node:assert/strict';
import { openBilling } from '../../../../lib/billing/connection';
import { failsWith } from '../../../contract/provider';
import { compile } from '../jsonata-compile';
import { type Api, type StandIn, standIn } from '../stand-in';

describe('a call that is tried, provider rest', () => {
  let billing: StandIn | null = null;
  afterEach(async () => {
    await billing?.close();
    billing = null;
  });
  const attempt = async (templates: Record<string, unknown>, name: string, api: Api) => {
    billing = await standIn(templates, api);
    return billing.connection.tryCall?.(name, 'gold');
  };

  it('that reads shows the request, the answer, and what the templates make of it', async () => {
    const read = { method: 'GET', path: '/offers/{key}', query: { for: '{target}' }, headers: { 'X-Shop': 'wap' } };
    const found = { key: 'gold', id: 'o-1', state: 'active', version: '3', more: true };
    const tried = await attempt({ read }, 'read', () => [200, found]);
    assert.equal(tried?.method, 'GET');
    assert.match(tried?.path ?? '', /^\/offers\/gold\?for=127\.0\.0\.1/);
    assert.equal(tried?.headers['X-Shop'], 'wap');
    assert.deepEqual([tried?.answer?.status, tried?.answer?.body], [200, found]);
    assert.deepEqual(tried?.made, { key: 'gold', remoteId: 'o-1', state: 'active', version: '3' });
    assert.equal(tried?.problem, null);
  });

  it('that finds nothing says so, and what it cannot use too', async () => {
    assert.deepEqual((await attempt({}, 'read', () => [404, {}]))?.made, { state: 'absent' });
    await billing?.close();
    const refused = await attempt({}, 'read', () => [500, { error: 'broken' }]);
    assert.deepEqual([refused?.answer?.status, refused?.made, refused?.problem], [500, null, 'Billing answered 500.']);
    await billing?.close();
    const page = await attempt({}, 'read', () => [200, '<html>sign in</html>']);
    assert.match(page?.problem ?? '', /HTML|page/);
  });

  it('that lists shows the first of what it found', async () => {
    const offers = [1, 2, 3, 4].map(n => ({ key: `k${n}`, id: `${n}`, state: 'draft', version: null, name: `N${n}` }));
    const tried = await attempt({}, 'list', () => [200, { offers }]);
    assert.deepEqual(
      (tried?.made as Array<{ key: string }> | undefined)?.map(({ key }) => key),
      ['k1', 'k2', 'k3'],
    );
  });

  it('that changes something is shown and not sent', async () => {
    const look = { method: 'GET', path: '/accounts', answer: 'id' };
    const subscriptionCreate = {
      ...{ method: 'POST', path: '/subscriptions', encode: 'form', before: [{ name: 'account1', look }] },
      body: '{ "key": key, "account": account1 }',
    };
    const tried = await attempt({ subscriptionCreate }, 'subscriptionCreate', () => [500, {}]);
    assert.deepEqual(billing?.calls, []);
    assert.equal(tried?.answer, null);
    assert.equal(tried?.body, 'key=gold&account=%3Caccount1%3E');
    for (const name of ['create', 'publish', 'retire', 'usage', 'subscriptionPlan', 'subscriptionCancel']) {
      await billing?.close();
      assert.equal((await attempt({}, name, () => [500, {}]))?.answer, null, name);
      assert.deepEqual(billing?.calls, [], name);
    }
  });

  it('names a call that is none, and a template that cannot be rendered', async () => {
    await assert.rejects(attempt({}, 'nothing', () => [200, {}]) as Promise<unknown>, failsWith('INPUT_INVALID'));
    await billing?.close();
    const broken = { read: { method: 'GET', path: '/offers/{nobody}' } };
    await assert.rejects(attempt(broken, 'read', () => [200, {}]) as Promise<unknown>, failsWith('BILLING_TEMPLATE'));
  });

  it('shows no secret', async () => {
    // However deep it lies.
    let deep: unknown = 'very-secret-1';
    for (let level = 0; level < 30; level += 1) deep = { deep };
    const open = await standIn({}, () => [200, { key: 'gold', id: 'very-secret-1', state: 'active', deep }]);
    const connection = openBilling(
      {
        ...{ provider: 'rest', auth: { kind: 'bearer', token: 'very-secret-1' }, secondSecret: 'other-secret-2' },
        options: { secondHeader: 'X-Second' },
        http: { baseUrl: `http://${open.connection.target}`, attemptTimeoutMs: 5000, totalTimeoutMs: 5000, retries: 0 },
      },
      { compile },
    );
    try {
      const text = JSON.stringify(await connection.tryCall?.('read', 'gold'));
      assert.match(text, /X-Second/);
      assert.doesNotMatch(text, /very-secret-1|other-secret-2/);
    } finally {
      connection.close();
      await open.close();
    }
  });
});
