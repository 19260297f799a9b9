import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../../lib/async/clock';
import { certificateOf, checkCertificates } from '../../../lib/http/certificate';
import { localhost, old, other } from './tls';

describe('the certificate of a server', () => {
  const servers: Server[] = [];
  const { signal } = new AbortController();

  async function serving(pair: { key: Buffer; cert: Buffer }): Promise<string> {
    const server = createServer({ ...pair, ciphers: 'DEFAULT@SECLEVEL=0' }, (_request, response) => response.end());
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `https://localhost:${(server.address() as AddressInfo).port}`;
  }
  after(() => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  });

  const check = async (address: string, tls: object, now = Date.now()) => {
    const found = await checkCertificates([address], { tls }, { ...systemClock, now: () => now }, signal);
    return [found.ok, found.found];
  };

  it('is looked at over https only, and not through a proxy', async () => {
    assert.equal(await certificateOf('http://localhost:1', {}, signal), null);
    assert.equal(await certificateOf('https://localhost:1', { proxy: { url: 'http://127.0.0.1:9' } }, signal), null);
  });

  it('holds, ends soon, or is over', async () => {
    const address = await serving(localhost);
    const tls = { ca: localhost.cert };
    const shown = await certificateOf(address, { tls }, signal);
    assert.ok(shown);
    assert.equal(shown.refused, null);
    const day = 86_400_000;
    assert.deepEqual(await check(address, tls, shown.endsAt - 31 * day), [true, 'certificate']);
    assert.deepEqual(await check(address, tls, shown.endsAt - 29 * day), [true, 'certificateSoon']);
    assert.deepEqual(await check(address, tls, shown.endsAt + 1), [false, 'certificateOver']);
  });

  it('is refused when its issuer is not known or it is of another host, unless nothing is verified', async () => {
    assert.deepEqual(await check(await serving(localhost), {}), [false, 'certificateRefused']);
    assert.deepEqual(await check(await serving(other), { ca: other.cert }), [false, 'certificateRefused']);
    assert.equal((await check(await serving(other), { rejectUnauthorized: false }))[0], true);
  });

  it('is the worst of several', async () => {
    const addresses = [await serving(localhost), await serving(other)];
    const found = await checkCertificates(addresses, { tls: { ca: localhost.cert } }, systemClock, signal);
    assert.deepEqual([found.ok, found.values?.host], [false, new URL(addresses[1] ?? '').host]);
  });

  it('of an old server is seen where old TLS is allowed', async () => {
    const shown = await certificateOf(await serving(old), { oldTls: true, tls: { ca: old.ca } }, signal);
    assert.ok(shown);
  });
});
