import assert from 'node:assert/strict';
import { NtlmClient } from 'axios-ntlm';
import type { WapSimulator } from '../../../simulator/wap/options';
import { startWapSimulator } from '../../../simulator/wap/server';
import { type Answer, adminOf, call, manualClock, tokenEnvelope } from './support';

const adminRealm = 'http://azureservices/AdminSite';
const soap = { 'content-type': 'application/soap+xml; charset=utf-8' };

/** The token inside an answer: the text of RequestedSecurityToken, in base64. */
function tokenIn(xml: string): string {
  const inside = /RequestedSecurityToken>(.*)<\/t:RequestedSecurityToken>/s.exec(xml)?.[1] ?? '';
  return Buffer.from(inside.replace(/<[^>]*>/g, ''), 'base64').toString('utf8');
}

describe('the simulated token sites', () => {
  const clock = manualClock();
  const anna = { name: 'anna', password: 'a&b <ö>' };
  const escaped = { name: 'anna', password: 'a&amp;b &lt;ö&gt;' };
  let wap: WapSimulator;
  before(async () => {
    wap = await startWapSimulator({ ports: 0, clock, user: anna.name, password: anna.password, tokenLifeMs: 60_000 });
  });
  after(() => wap.close());

  const ask = (url: string, raw: string, headers = soap): Promise<Answer> => call('POST', url, { raw, headers });
  const plans = (token: string) => adminOf(wap)('GET', '/plans', { headers: { authorization: `Bearer ${token}` } });

  for (const site of ['stsUrl', 'adfsUrl'] as const) {
    it(`give a token for user name and password that the admin API takes until it expires (${site})`, async () => {
      const answer = await ask(wap[site], tokenEnvelope(wap[site], escaped, adminRealm));
      assert.equal(answer.status, 200);
      const token = tokenIn(answer.text);
      const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
      assert.equal(claims.exp * 1000, clock.now() + 60_000);
      assert.equal((await plans(token)).status, 200);
      clock.advance(60_000);
      assert.equal((await plans(token)).status, 401);
    });
  }

  it('give tokens of the tenant realm, which the admin API does not take', async () => {
    const answer = await ask(wap.stsUrl, tokenEnvelope(wap.stsUrl, escaped, 'http://azureservices/TenantSite'));
    assert.equal(answer.status, 200);
    assert.equal((await plans(tokenIn(answer.text))).status, 401);
  });

  it('can revoke what they have given', async () => {
    const token = wap.issueToken();
    assert.equal((await plans(token)).status, 200);
    wap.revokeTokens();
    assert.equal((await plans(token)).status, 401);
    assert.equal((await plans(wap.issueToken())).status, 200);
  });

  it('give nothing for a token whose claims were changed', async () => {
    const [head, claims, mark] = wap.issueToken().split('.');
    const changed = JSON.parse(Buffer.from(claims ?? '', 'base64url').toString());
    const longer = Buffer.from(JSON.stringify({ ...changed, exp: changed.exp + 999 })).toString('base64url');
    assert.equal((await plans(`${head}.${longer}.${mark}`)).status, 401);
  });

  const wrong = { name: 'anna', password: 'guess' };
  const faults: Array<[what: string, code: string, envelope: (url: string) => string]> = [
    ['a wrong password', 'FailedAuthentication', url => tokenEnvelope(url, wrong, adminRealm)],
    ['no user', 'FailedAuthentication', url => tokenEnvelope(url, null, adminRealm)],
    ['an unknown realm', 'InvalidScope', url => tokenEnvelope(url, escaped, 'http://elsewhere/')],
    ['another address', 'InvalidRequest', () => tokenEnvelope('https://x.example/other', escaped, adminRealm)],
    [
      'another action',
      'InvalidRequest',
      url => tokenEnvelope(url, escaped, adminRealm).replace('RST/Issue', 'RST/Renew'),
    ],
    [
      'another token type',
      'InvalidRequest',
      url => tokenEnvelope(url, escaped, adminRealm).replace('type:jwt', 'type:saml2'),
    ],
    [
      'SOAP 1.1',
      'InvalidRequest',
      url => tokenEnvelope(url, escaped, adminRealm).replace('2003/05/soap', '2001/09/soap'),
    ],
    ['broken XML', 'InvalidRequest', () => '<s:Envelope'],
  ];
  for (const [what, code, envelope] of faults) {
    it(`answer ${what} with the fault ${code}`, async () => {
      const answer = await ask(wap.stsUrl, envelope(wap.stsUrl));
      assert.equal(answer.status, 500);
      assert.match(answer.text, new RegExp(`<s:Subcode><s:Value [^>]*>f:${code}<`));
      assert.ok(!answer.text.includes('guess'));
    });
  }

  it('take POST of SOAP only', async () => {
    assert.equal((await call('GET', wap.stsUrl)).status, 405);
    const envelope = tokenEnvelope(wap.stsUrl, escaped, adminRealm);
    assert.equal((await ask(wap.stsUrl, envelope, { 'content-type': 'text/xml' })).status, 415);
  });

  describe('for Windows accounts', () => {
    const negotiate = (user: { name: string; password: string }, domain: string) =>
      NtlmClient({ username: user.name, password: user.password, domain }).post<string>(
        wap.windowsUrl,
        tokenEnvelope(wap.windowsUrl, null, adminRealm),
        { headers: soap },
      );

    for (const domain of ['CORP', '']) {
      it(`give a token after the NTLM handshake (domain "${domain}")`, async () => {
        const { status, data } = await negotiate(anna, domain);
        assert.equal(status, 200);
        assert.equal((await plans(tokenIn(data))).status, 200);
      });
    }

    for (const [what, user] of [
      ['a wrong password', wrong],
      ['another user', { ...anna, name: 'eve' }],
    ] as const) {
      it(`reject ${what} with 401`, async () => {
        await assert.rejects(negotiate(user, 'CORP'), /status code 401/);
      });
    }

    it('tell what they speak', async () => {
      const { status, headers } = await ask(wap.windowsUrl, tokenEnvelope(wap.windowsUrl, null, adminRealm));
      assert.deepEqual([status, headers.get('www-authenticate')], [401, 'NTLM']);
    });

    it('reject a proof without a challenge', async () => {
      const type3 = Buffer.concat([Buffer.from('NTLMSSP\0'), Buffer.from([3, 0, 0, 0]), Buffer.alloc(60)]);
      const headers = { ...soap, authorization: `NTLM ${type3.toString('base64')}` };
      assert.equal((await ask(wap.windowsUrl, tokenEnvelope(wap.windowsUrl, null, adminRealm), headers)).status, 401);
    });
  });

  it('take the domain seriously when the account has one', async () => {
    const corp = await startWapSimulator({ ports: 0, user: 'CORP\\anna', password: 'secret-1' });
    const login = (domain: string) =>
      NtlmClient({ username: 'anna', password: 'secret-1', domain }).post(
        corp.windowsUrl,
        tokenEnvelope(corp.windowsUrl, null, adminRealm),
        { headers: soap },
      );
    try {
      assert.equal((await login('corp')).status, 200);
      await assert.rejects(login('OTHER'), /status code 401/);
    } finally {
      await corp.close();
    }
  });

  it('leave a fixed token alone', async () => {
    const fixed = await startWapSimulator({ ports: 0, token: 'fixed-token', clock });
    clock.advance(10 * 365 * 86_400_000);
    const { status } = await adminOf(fixed)('GET', '/plans', { headers: { authorization: 'bearer fixed-token' } });
    await fixed.close();
    assert.equal(status, 200);
  });
});
