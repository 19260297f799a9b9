import assert from 'node:assert/strict';
import { AdapterError } from '../../../lib/errors';
import { openWap, type WapSettings } from '../../../lib/wap/connection';
import type { IssuedToken } from '../../../lib/wap/tokens/cache';
import { TokenCache } from '../../../lib/wap/tokens/cache';
import { readToken, requestEnvelope } from '../../../lib/wap/tokens/ws-trust';
import { InstantClock } from '../http/instant-clock';
import { type Answer, json, raw, startPeer } from '../http/peer';
import { startProxy } from '../http/proxy';
import { localhost } from '../http/tls';
import type { World } from './world';
import { failure, startWorld } from './world';

const minute = 60_000;
const never = new AbortController().signal;

/** Issues `token-1`, `token-2` … with the given life, each when `answer` is called. */
function issuer(clock: InstantClock, lifeMs: number | null) {
  const state = { issued: 0, signals: [] as AbortSignal[], answer: () => {}, fail: (_error: Error) => {} };
  const issue = (signal: AbortSignal) =>
    new Promise<IssuedToken>((resolve, reject) => {
      state.signals.push(signal);
      state.fail = reject;
      state.answer = () => {
        state.issued += 1;
        const expiresAt = lifeMs === null ? null : clock.now() + lifeMs;
        resolve({ ...{ token: `token-${state.issued}`, expiresAt }, notBefore: null, issuedAt: null });
      };
    });
  return { state, issue };
}

describe('token cache', () => {
  async function started(lifeMs: number | null) {
    const clock = new InstantClock();
    const { state, issue } = issuer(clock, lifeMs);
    const cache = new TokenCache(issue, clock);
    const first = cache.header(never);
    state.answer();
    assert.equal(await first, 'Bearer token-1');
    return { clock, state, cache };
  }

  it('asks once however many wait', async () => {
    const clock = new InstantClock();
    const { state, issue } = issuer(clock, 60 * minute);
    const cache = new TokenCache(issue, clock);
    const waiting = Array.from({ length: 50 }, () => cache.header(new AbortController().signal));
    state.answer();
    assert.deepEqual(new Set(await Promise.all(waiting)), new Set(['Bearer token-1']));
    assert.equal(state.signals.length, 1);
  });

  for (const [lifeMs, kept, renewed] of [
    [60 * minute, 55 * minute - 1, 55 * minute], // 5 minutes before the end
    [10 * minute, 8 * minute - 1, 8 * minute], // a fifth of a short life
  ] as const)
    it(`keeps a token of ${lifeMs / minute} minutes until ${renewed / minute} minutes`, async () => {
      const { clock, state, cache } = await started(lifeMs);
      clock.advance(kept);
      assert.equal(await cache.header(never), 'Bearer token-1');
      clock.advance(1);
      const next = cache.header(never);
      state.answer();
      assert.equal(await next, 'Bearer token-2');
    });

  it('keeps a token without an end until it is refused', async () => {
    const { clock, state, cache } = await started(null);
    clock.advance(1_000_000 * minute);
    assert.equal(await cache.header(never), 'Bearer token-1');
    cache.refused('Bearer token-1');
    const next = cache.header(never);
    state.answer();
    assert.equal(await next, 'Bearer token-2');
  });

  it('keeps the new token when the old one is refused late', async () => {
    const { state, cache } = await started(60 * minute);
    cache.refused('Bearer token-1');
    const next = cache.header(never);
    state.answer();
    await next;
    cache.refused('Bearer token-1');
    assert.equal(await cache.header(never), 'Bearer token-2');
  });

  it('fails those who waited and asks afresh for the next', async () => {
    const clock = new InstantClock();
    const { state, issue } = issuer(clock, 60 * minute);
    const cache = new TokenCache(issue, clock);
    const waiting = [cache.header(never), cache.header(never)];
    state.fail(new AdapterError('WAP_NETWORK', 'The site is down.'));
    for (const one of waiting) await failure(one, 'WAP_NETWORK');
    const next = cache.header(never);
    state.answer();
    assert.equal(await next, 'Bearer token-1');
  });

  it('lets one who waits go while the others get the token', async () => {
    const clock = new InstantClock();
    const { state, issue } = issuer(clock, 60 * minute);
    const cache = new TokenCache(issue, clock);
    const abort = new AbortController();
    const leaving = cache.header(abort.signal);
    const staying = cache.header(never);
    abort.abort();
    await failure(leaving, 'ABORTED');
    assert.equal(state.signals[0]?.aborted, false);
    state.answer();
    assert.equal(await staying, 'Bearer token-1');
  });

  it('gives the request up when nobody waits any more, and the next does not join it', async () => {
    const clock = new InstantClock();
    const { state, issue } = issuer(clock, 60 * minute);
    const cache = new TokenCache(issue, clock);
    const abort = new AbortController();
    const leaving = cache.header(abort.signal);
    abort.abort();
    await failure(leaving, 'ABORTED');
    assert.equal(state.signals[0]?.aborted, true);
    const next = cache.header(never);
    state.answer();
    assert.equal(await next, 'Bearer token-1');
  });

  it('refuses a token that is over when it comes', async () => {
    const clock = new InstantClock();
    const cache = new TokenCache(
      async () => ({ token: 'x', expiresAt: clock.now() - 1, notBefore: null, issuedAt: null }),
      clock,
    );
    assert.match((await failure(cache.header(never), 'WAP_AUTH')).message, /compare the clocks/);
  });
});

describe('tokens from the token sites', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld({ user: 'CORP\\admin', password: 'p&<"ä>]]>' });
  });
  afterEach(() => world.close());

  const login = { user: 'CORP\\admin', password: 'p&<"ä>]]>' };
  const asked = (server: 'sts' | 'windows') => world.sim.log.entries({ server }).length;

  for (const [title, url] of [
    ['the membership site', () => world.sim.stsUrl],
    ['AD FS', () => world.sim.adfsUrl],
    ['the membership site by its host alone', () => new URL(world.sim.stsUrl).origin],
  ] as const)
    it(`gets one from ${title}, once for many calls`, async () => {
      const wap = world.open({ token: { kind: 'usernamemixed', stsUrl: url(), ...login } });
      await Promise.all([wap.admin.list('plan'), wap.admin.list('addon'), wap.admin.resourceProviders(false)]);
      assert.equal(asked('sts'), 1);
    });

  for (const token of [
    { kind: 'windows' as const, ...login },
    { kind: 'windows' as const, user: 'admin', domain: 'CORP', password: login.password },
  ])
    it(`signs in to the Windows site by NTLM as ${'domain' in token ? 'user with domain' : token.user}`, async () => {
      const wap = world.open({ token: { ...token, stsUrl: new URL(world.sim.windowsUrl).origin } });
      await wap.admin.list('plan');
      await wap.admin.list('plan');
      const statuses = world.sim.log.entries({ server: 'windows' }).map(entry => entry.status);
      assert.deepEqual(statuses, [401, 401, 200]);
    });

  for (const kind of ['usernamemixed', 'windows'] as const) {
    const urlOf = () => (kind === 'windows' ? world.sim.windowsUrl : world.sim.stsUrl);

    it(`${kind}: a wrong password is WAP_AUTH at once and not in the error`, async () => {
      const wap = world.open({ token: { kind, stsUrl: urlOf(), user: login.user, password: 'geheim-123' } });
      const error = await failure(wap.admin.list('plan'), 'WAP_AUTH');
      assert.match(error.message, /Check user, password, realm/);
      assert.doesNotMatch(JSON.stringify([error, error.message, error.stack, error.cause]), /geheim-123/);
      assert.ok(asked(kind === 'windows' ? 'windows' : 'sts') <= 3, 'asked again with the same wrong password');
    });

    it(`${kind}: a revoked token is replaced once, also for a create`, async () => {
      const wap = world.open({ token: { kind, stsUrl: urlOf(), ...login } });
      await wap.admin.list('plan');
      world.sim.revokeTokens();
      const fault = world.sim.faults.add({ kind: 'status', status: 401, path: '/plans', method: 'POST' });
      assert.equal((await wap.admin.create('plan', { DisplayName: 'Gold' })).DisplayName, 'Gold');
      assert.equal(fault.hits, 1);
      assert.equal(world.sim.state.plans.length, 1);
    });

    it(`${kind}: a broken connection to the site is tried again`, async () => {
      world.sim.faults.add({ kind: 'reset-before', server: kind === 'windows' ? 'windows' : 'sts', path: /issue/ });
      const wap = world.open({ token: { kind, stsUrl: urlOf(), ...login } });
      assert.deepEqual(await wap.admin.list('plan'), []);
    });

    it(`${kind}: a site that stays silent is WAP_TIMEOUT`, async () => {
      world.sim.faults.add({
        kind: 'hold-before',
        server: kind === 'windows' ? 'windows' : 'sts',
        path: /issue/,
        times: 9,
      });
      const wap = world.open({ token: { kind, stsUrl: urlOf(), ...login }, attemptTimeoutMs: 50, retries: 0 });
      await failure(wap.admin.list('plan'), 'WAP_TIMEOUT');
    });

    it(`${kind}: close ends the wait for a token`, async () => {
      const held = world.sim.faults.add({
        kind: 'hold-before',
        server: kind === 'windows' ? 'windows' : 'sts',
        path: /issue/,
      });
      const wap = world.open({ token: { kind, stsUrl: urlOf(), ...login } });
      const waiting = failure(wap.admin.list('plan'), 'ABORTED');
      await held.untilHit();
      wap.close();
      await waiting;
    });
  }

  it('renews the token before it ends', async () => {
    const wap = world.open({ token: { kind: 'usernamemixed', stsUrl: world.sim.stsUrl, ...login } });
    await wap.admin.list('plan');
    world.clock.advance(8 * 60 * minute - 6 * minute);
    await wap.admin.list('plan');
    assert.equal(asked('sts'), 1);
    world.clock.advance(2 * minute);
    await wap.admin.list('plan');
    assert.equal(asked('sts'), 2);
  });

  it('signs in by NTLM through the tunnel of a proxy, on one connection', async () => {
    const secure = await startWorld({ ...login, tls: localhost });
    const proxy = await startProxy();
    try {
      const token = { kind: 'windows' as const, stsUrl: secure.sim.windowsUrl, ...login };
      const wap = secure.open({ token, tls: { ca: localhost.cert }, proxy: { url: `http://127.0.0.1:${proxy.port}` } });
      assert.deepEqual(await wap.admin.list('plan'), []);
      assert.deepEqual(
        proxy.connects.map(connect => connect.target),
        [secure.sim.windowsUrl, secure.sim.adminUrl].map(url => new URL(url).host),
      );
    } finally {
      await proxy.close();
      await secure.close();
    }
  });

  it('does not sign in by NTLM through a proxy that forwards plain http', () => {
    const token = { kind: 'windows' as const, stsUrl: world.sim.windowsUrl, ...login };
    assert.throws(
      () => world.open({ token, proxy: { url: 'http://127.0.0.1:9' } }),
      (error: unknown) => error instanceof AdapterError && error.code === 'INPUT_CONFIG',
    );
    world.open({ token, proxy: { url: 'http://127.0.0.1:9', noProxy: ['127.0.0.1'] } });
  });

  it('says when a fixed token ended and sends nothing', async () => {
    const exp = Math.floor(world.clock.now() / 1000) - 1;
    const claims = Buffer.from(JSON.stringify({ exp })).toString('base64url');
    const wap = world.open({ token: { kind: 'bearer', token: `Bearer eyJhbGciOiJub25lIn0.${claims}.x` } });
    const error = await failure(wap.admin.list('plan'), 'WAP_AUTH');
    assert.match(error.message, /ended at 2025-12-31T23:59:59\.000Z/);
    assert.equal(world.sim.log.entries({ server: 'admin' }).length, 0);
  });

  it('takes the 401 to a fixed token as final', async () => {
    const wap = world.open({ token: { kind: 'bearer', token: 'another' } });
    await failure(wap.admin.list('plan'), 'WAP_AUTH');
    assert.equal(world.sim.log.entries({ server: 'admin' }).length, 1);
  });
});

describe('a token site that does not do its part', () => {
  const open: Array<{ close(): unknown }> = [];
  afterEach(async () => {
    for (const thing of open.splice(0).reverse()) await thing.close();
  });

  async function asking(kind: 'usernamemixed' | 'windows', answers: Answer[], more: Partial<WapSettings> = {}) {
    const site = await startPeer(answers);
    const admin = await startPeer([json(200, [])]);
    const wap = openWap({
      ...{ adminUrl: admin.url, principal: 'p', retries: 2, clock: new InstantClock(), ...more },
      token: { kind, stsUrl: site.url, user: 'CORP\\admin', password: 'geheim-123' },
    });
    open.push(site, admin, wap);
    return { site, admin, wap, plans: wap.admin.list('plan') };
  }
  const wants = (more = ''): Answer => raw(401, 'no', { 'www-authenticate': `NTLM${more}` });
  const soap = (token: string) =>
    `<s:Envelope xmlns:s="x"><s:Body><RequestSecurityTokenResponse><Lifetime><Created>2026-01-01T00:00:00Z</Created></Lifetime><RequestedSecurityToken>${token}</RequestedSecurityToken></RequestSecurityTokenResponse></s:Body></s:Envelope>`;
  const jwt = (claims: object) => `aa.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.cc`;

  it('is asked three times when it wants NTLM and sends no challenge, and that is said', async () => {
    const { site, plans } = await asking('windows', [wants()]);
    const error = await failure(plans, 'WAP_AUTH');
    assert.match(error.message, /answers the first message of it with no challenge/);
    assert.equal(site.seen.length, 3);
  });

  it('may send a challenge that cannot be read', async () => {
    const { site, plans } = await asking('windows', [wants(), wants(` ${'A'.repeat(80)}`)], { retries: 1 });
    const error = await failure(plans, 'WAP_BAD_RESPONSE');
    assert.match(error.message, /sent an NTLM challenge that cannot be read/);
    assert.ok(site.seen.length <= 4);
  });

  it('ends a sign-in by the total limit, and calls it a time-out', async () => {
    const limits = { attemptTimeoutMs: 20, totalTimeoutMs: 120, retries: 100 };
    const { plans } = await asking('windows', [() => undefined], limits);
    await failure(plans, 'WAP_TIMEOUT');
  });

  for (const kind of ['usernamemixed', 'windows'] as const)
    for (const [title, body, said] of [
      ['half a token answer', soap('aa.bb.cc').slice(0, 150), /SOAP that is not complete/],
      ['an HTML page', '<html>busy</html>', /with an HTML page instead of SOAP/],
      ['nothing', '', /with an empty body instead of SOAP/],
    ] as const)
      it(`${kind}: is asked again after ${title}, which is named when it stays`, async () => {
        const passing = await asking(kind, [raw(200, body), raw(200, soap('aa.bb.cc'))]);
        assert.deepEqual(await passing.plans, []);
        const { site, plans } = await asking(kind, [raw(200, body)]);
        const error = await failure(plans, 'WAP_BAD_RESPONSE');
        assert.match(error.message, said);
        assert.deepEqual([site.seen.length, error.cause.retryable], [3, true]);
      });

  for (const kind of ['usernamemixed', 'windows'] as const)
    it(`${kind}: sends more than a megabyte in vain`, async () => {
      const { plans } = await asking(kind, [raw(200, soap('aa.bb.cc') + ' '.repeat(1_100_000))]);
      assert.match((await failure(plans, 'WAP_BAD_RESPONSE')).message, /more than 1048576 bytes/);
    });

  it('may write with a byte order mark and in UTF-16', async () => {
    const body = Buffer.from(`\ufeff<?xml version="1.0" encoding="utf-16"?>${soap('aa.bb.cc')}`, 'utf16le');
    for (const kind of ['usernamemixed', 'windows'] as const)
      assert.deepEqual(await (await asking(kind, [(_req, res) => void res.writeHead(200).end(body)])).plans, []);
  });

  it('may give a token that holds a little later: it is waited for', async () => {
    const clock = new InstantClock();
    const nbf = clock.now() / 1000 + 7;
    const { plans } = await asking('usernamemixed', [raw(200, soap(jwt({ nbf })))], { clock });
    assert.deepEqual(await plans, []);
    assert.deepEqual(clock.waits, [7_000]);
  });

  it('may have a clock before ours: what holds by its clock is used at once', async () => {
    const clock = new InstantClock();
    const iat = clock.now() / 1000 + 200;
    const { plans } = await asking('usernamemixed', [raw(200, soap(jwt({ nbf: iat, iat })))], { clock });
    assert.deepEqual(await plans, []);
    assert.deepEqual(clock.waits, []);
  });

  it('may give a token that holds much later: then the clocks are named, as for a token of our own', async () => {
    const clock = new InstantClock();
    const token = jwt({ nbf: clock.now() / 1000 + 3_600 });
    const { plans, admin } = await asking('usernamemixed', [raw(200, soap(token))], { clock });
    assert.match((await failure(plans, 'WAP_AUTH')).message, /holds only from 2026-01-01T01:00:00.000Z on: compare/);
    const own = openWap({ adminUrl: admin.url, principal: 'p', token: { kind: 'bearer', token }, clock });
    open.push(own);
    assert.match((await failure(own.admin.list('plan'), 'WAP_AUTH')).message, /holds only from .* compare the clocks/);
    assert.equal(admin.seen.length, 0);
  });
});

describe('WS-Trust messages', () => {
  it('escapes what goes into the request', () => {
    const xml = requestEnvelope('https://sts/x?a=1&b=2', 'http://realm', { user: 'a<b', password: '&"]]>' });
    assert.match(xml, /<o:Username>a&lt;b<\/o:Username>/);
    assert.match(xml, />&amp;&quot;]]&gt;<\/o:Password>/);
    assert.match(xml, /https:\/\/sts\/x\?a=1&amp;b=2/);
  });

  const answer = (token: string) =>
    `<s:Envelope xmlns:s="x"><s:Body><t:RequestSecurityTokenResponseCollection xmlns:t="y"><t:RequestSecurityTokenResponse>
     <t:Lifetime><u:Expires xmlns:u="z">2026-01-01T08:00:00.000Z</u:Expires></t:Lifetime>
     <t:RequestedSecurityToken>${token}</t:RequestedSecurityToken>
     </t:RequestSecurityTokenResponse></t:RequestSecurityTokenResponseCollection></s:Body></s:Envelope>`;

  it('finds the token in a BinarySecurityToken and its end in the Lifetime', () => {
    const inner = Buffer.from('aa.bb.cc').toString('base64');
    const wrapped = `<o:BinarySecurityToken xmlns:o="w" ValueType="jwt">\n${inner}\n</o:BinarySecurityToken>`;
    const times = { expiresAt: Date.UTC(2026, 0, 1, 8), notBefore: null, issuedAt: null };
    assert.deepEqual(readToken(answer(wrapped)), { token: 'aa.bb.cc', ...times });
  });

  for (const [title, text] of [
    ['a page', '<html><body>login</body></html>'],
    ['nothing', ''],
    ['a SAML token', answer('<saml:Assertion xmlns:saml="q">abc</saml:Assertion>')],
    ['a document type', `<!DOCTYPE x [<!ENTITY a "b">]>${answer('aa.bb.cc')}`],
  ] as const)
    it(`refuses ${title} as an answer`, () => {
      assert.throws(
        () => readToken(text),
        (error: unknown) => error instanceof AdapterError && error.code === 'WAP_BAD_RESPONSE',
      );
    });
});
