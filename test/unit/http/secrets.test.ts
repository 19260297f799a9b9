import assert from 'node:assert/strict';
import { openBilling } from '../../../lib/billing/connection';
import { templatesWith } from '../../../lib/billing/rest/templates';
import type { BillingSettings } from '../../../lib/billing/settings';
import type { UsageItem } from '../../../lib/billing/usage-port';
import { AdapterError } from '../../../lib/errors';
import { Secrets } from '../../../lib/http/secrets';
import { openWap } from '../../../lib/wap/connection';
import { compile } from '../billing/jsonata-compile';
import { InstantClock } from './instant-clock';
import type { Answer, Peer } from './peer';
import { json, raw, startPeer } from './peer';

const password = 'Sommer&<"ä>2026/+';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const hexOf = (sign: string, digits: number) => sign.charCodeAt(0).toString(16).padStart(digits, '0');
const payload = Buffer.from('{"sub":"billing","exp":4102444800}').toString('base64url');
const jwt = `eyJhbGciOiJSUzI1NiJ9.${payload}.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg`;

/** A text, as the peers of a test repeat it. */
const known = (...add: Array<(secrets: Secrets) => void>): Secrets => {
  const secrets = new Secrets();
  for (const each of add) each(secrets);
  return secrets;
};

describe('the filter of secrets', () => {
  const all = known(
    secrets => secrets.addPassword(password, 'CORP\\admin'),
    secrets => secrets.addToken(`Bearer ${jwt}`),
    secrets => secrets.addToken('sk_live_4eC39HqLyjWDarjtT1zdp7dc'),
    secrets => secrets.addProxy({ url: 'http://squid:pr%C3%B6xy-pw@proxy:3128' }),
    secrets => secrets.sent(`Basic ${base64('UsageClient:usage-password-1')}`),
  );

  for (const [title, text] of [
    ['as it is', password],
    ['in other letters', password.toUpperCase()],
    ['escaped for an address', encodeURIComponent(password)],
    ['escaped for an address in small letters', encodeURIComponent(password).toLowerCase()],
    ['escaped for XML', 'Sommer&amp;&lt;&quot;ä&gt;2026/+'],
    ['escaped for XML with numbers', 'Sommer&amp;&lt;"&#228;&gt;2026/+'],
    ['escaped for JSON', JSON.stringify(password).slice(1, -1)],
    ['escaped for JSON as .NET does', 'Sommer\\u0026\\u003c\\"\\u00e4\\u003e2026/\\u002b'],
    ['escaped for JSON in every sign', password.replace(/\W/g, sign => `\\u${hexOf(sign, 4).toUpperCase()}`)],
    ['escaped for XML in every sign', password.replace(/\W/g, sign => `&#x${hexOf(sign, 2).toUpperCase()};`)],
    ['escaped for an address in every letter', `%${Buffer.from(password).toString('hex').match(/../g)?.join('%')}`],
    ['escaped for an address twice', encodeURIComponent(encodeURIComponent(password))],
    ['in base64', base64(password)],
    ['in base64 without =', base64(password).replace(/=+$/, '')],
    ['in base64 in an address', encodeURIComponent(base64(password))],
    ['as Basic sends it', base64(`CORP\\admin:${password}`)],
    ['as Basic sends it in one byte a letter', Buffer.from(`CORP\\admin:${password}`, 'latin1').toString('base64')],
    ['as a token', jwt],
    ['as segments of a token', jwt.split('.').slice(1).join(' and ')],
    ['as an API key', 'sk_live_4eC39HqLyjWDarjtT1zdp7dc'],
    ['as a key that was cut', 'sk_live_4eC39HqLy'],
    ['as a key that was cut with dots', 'sk_live_... of 32'],
    ['as the password of a proxy', 'pröxy-pw'],
    ['as the password inside a header that was sent', 'usage-password-1'],
    ['as a header that was sent', `Basic ${base64('UsageClient:usage-password-1')}`],
  ] as const)
    it(`takes a secret out ${title}`, () => {
      const hidden = all.hide(`Wrong credential: ${text}`);
      assert.match(hidden, /^Wrong credential: .*\*\*\*/);
      for (const part of text.split(/[ .]+/).filter(each => each.length > 6)) assert.ok(!hidden.includes(part), hidden);
    });

  it('takes a short word out only as a word, and a shorter one only as a value', () => {
    const gold = known(secrets => secrets.addPassword('gold'));
    assert.equal(gold.hide('gold is wrong: "gold", golden, marigold'), '*** is wrong: "***", golden, marigold');
    const a = known(secrets => secrets.addPassword('ab'));
    assert.equal(a.hide('An able ab lab says: ab; key="ab", pw=ab'), 'An able ab lab says: ***; key="***", pw=***');
  });

  it('leaves escapes in which no secret is as they are', () => {
    for (const text of ['/plans/a%20b&amp;c', '50 % of \\u00e4 &#39;x&#39;', '%zz %ff &#x110000;'])
      assert.equal(all.hide(text), text);
  });

  it('leaves other texts as they are, and forgets old tokens but the last', () => {
    assert.equal(
      all.hide('The plan Gold is not known: admin, UsageClient.'),
      'The plan Gold is not known: admin, UsageClient.',
    );
    const secrets = known();
    for (let n = 0; n < 100; n += 1) secrets.sent(`Bearer token-number-${n}-of-many`);
    assert.equal(secrets.hide('token-number-99-of-many'), '***');
  });
});

describe('a peer that repeats our credentials', () => {
  const open: Array<{ close(): unknown }> = [];
  afterEach(async () => {
    for (const thing of open.splice(0).reverse()) await thing.close();
  });
  const keep = <T extends { close(): unknown }>(thing: T): T => {
    open.push(thing);
    return thing;
  };
  const peer = async (...answers: Answer[]): Promise<Peer> => keep(await startPeer(answers));
  const limits = { attemptTimeoutMs: 5_000, totalTimeoutMs: 60_000, retries: 0 };
  const key = 'sk-live-0123456789abcdef';

  async function caught(call: Promise<unknown>): Promise<string> {
    const error = await call.then(
      () => assert.fail('the call succeeded'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof AdapterError, String(error));
    return `${error.message} ${error.stack} ${JSON.stringify(error.cause)}`;
  }

  const billing = (server: Peer, more: Partial<BillingSettings> = {}) =>
    keep(
      openBilling(
        { provider: 'rest', http: { baseUrl: server.url, ...limits }, auth: { kind: 'bearer', token: key }, ...more },
        { compile, clock: new InstantClock() },
      ),
    );
  const item: UsageItem = {
    ...{ key: 'k1', subscription: 's', wapSubscriptionId: 'w', meter: 'm', unit: null, quantity: '1' },
    ...{ startTime: '2026-01-01T00:00:00Z', endTime: '2026-01-01T01:00:00Z', adjustment: false, properties: {} },
  };

  it('is quoted without them, also where the quotation is cut', async () => {
    for (const before of ['', 'x'.repeat(290)]) {
      const server = await peer(json(401, { error: { message: `${before} Incorrect API key: ${key}` } }));
      const told = await caught(billing(server).provider.offerState('gold'));
      assert.doesNotMatch(told, /sk-live/);
    }
  });

  it('are also the user where there is no password', async () => {
    const server = await peer(json(401, { message: `No such API key: ${key}` }));
    const auth = { kind: 'basic', user: key, password: '' } as const;
    assert.doesNotMatch(await caught(billing(server, { auth }).provider.offerState('gold')), /sk-live/);
  });

  it('leaves nothing in the reasons of refused usage', async () => {
    const refusals = { results: [{ id: 'k1', outcome: 'rejected', reason: `${'x'.repeat(480)} key ${key}` }] };
    for (const answer of [json(200, refusals), json(422, { message: `Bad key ${key}` })]) {
      const told = JSON.stringify(await billing(await peer(answer)).usage.send([item]));
      assert.match(told, /rejected/);
      assert.doesNotMatch(told, /sk-live/);
    }
  });

  it('does not show what came into templates from the environment or is written there', async () => {
    const server = await peer(json(403, { message: 'No: query-key-777 and shared+secret/9 and written-key-1.' }));
    const templates = templatesWith({
      read: { method: 'GET', path: '/x', query: { apikey: 'query-key-777' }, headers: { 'X-Token': 'written-key-1' } },
    });
    const connection = billing(server, { templates, secrets: ['shared+secret/9'], auth: { kind: 'none' } });
    assert.match(await caught(connection.provider.offerState('gold')), /No: \*\*\* and \*\*\* and \*\*\*\./);
  });

  it('keeps data as they came, though they hold a short password', async () => {
    const plan = { Id: 'gold1', DisplayName: 'gold', State: 1, LastErrorMessage: 'login gold failed' };
    const server = await peer(json(200, plan));
    const wap = keep(
      openWap({
        ...{ adminUrl: server.url, principal: 'p', token: { kind: 'bearer', token: 'gold' }, ...limits },
        clock: new InstantClock(),
      }),
    );
    const read = await wap.admin.get('plan', 'gold1');
    assert.deepEqual([read.DisplayName, read.LastErrorMessage], ['gold', 'login *** failed']);
  });

  it('shows no issued token of WAP, and no password of the token site', async () => {
    const answer = (token: string) =>
      `<s:Envelope xmlns:s="x"><s:Body><RequestSecurityTokenResponse><RequestedSecurityToken>${token}</RequestedSecurityToken></RequestSecurityTokenResponse></s:Body></s:Envelope>`;
    const fault = `<s:Envelope xmlns:s="x"><s:Body><s:Fault><s:Reason><s:Text>${'x'.repeat(290)} no: Sommer&amp;amp;&amp;lt;2026 Sommer&amp;&lt;2026</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>`;
    const site = await peer(raw(200, answer(jwt)), raw(500, fault));
    const admin = await peer(json(403, { Message: `Rejected ${jwt.split('.')[1]}` }));
    const wapTo = (stsUrl: string) =>
      keep(
        openWap({
          ...{ adminUrl: admin.url, principal: 'p', ...limits, clock: new InstantClock() },
          token: { kind: 'usernamemixed', stsUrl, user: 'admin', password: 'Sommer&<2026' },
        }),
      );
    assert.match(await caught(wapTo(site.url).admin.list('plan')), /Rejected \*\*\*/);
    assert.doesNotMatch(await caught(wapTo(site.url).admin.list('plan')), /Somm/);
  });

  it('is filtered in streams and in the check too', async () => {
    const server = await peer(json(500, { Message: 'fixed-token-000' }));
    const wap = keep(
      openWap({
        ...{ adminUrl: server.url, principal: 'p', token: { kind: 'bearer', token: 'fixed-token-000' }, ...limits },
        clock: new InstantClock(),
      }),
    );
    const pages = async () => {
      for await (const page of wap.subscriptions.pages()) assert.ok(page);
    };
    assert.doesNotMatch(await caught(pages()), /fixed-token/);
    const [, admin] = await wap.check(new AbortController().signal);
    assert.doesNotMatch(await caught(Promise.reject(admin?.error)), /fixed-token/);
  });
});
