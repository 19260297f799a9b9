import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerOptions } from 'node:https';
import net from 'node:net';
import { AdapterError } from '../../../lib/errors';
import { createHttp } from '../../../lib/http/client';
import { names } from '../../../lib/http/no-proxy';
import { unusedProxy } from '../../../lib/http/proxy';
import type { HttpCall, HttpSettings } from '../../../lib/http/types';
import { InstantClock } from './instant-clock';
import type { Peer } from './peer';
import { json, raw, startPeer } from './peer';
import { startProxy } from './proxy';
import { localhost, old, other } from './tls';

const get: HttpCall = { method: 'GET', path: '/plans', repeatable: true, subject: 'plans' };

describe('HTTP client over TLS and through a proxy', () => {
  const open: Array<{ close(): unknown }> = [];
  afterEach(async () => {
    for (const thing of open.splice(0).reverse()) await thing.close();
  });

  const keep = <T extends { close(): unknown }>(thing: T): T => {
    open.push(thing);
    return thing;
  };

  const client = (baseUrl: string, more: Partial<HttpSettings> = {}) => {
    const settings = { baseUrl, attemptTimeoutMs: 5_000, totalTimeoutMs: 20_000, retries: 1, ...more };
    return keep(createHttp('WAP', settings, undefined, new InstantClock()));
  };

  const secure = async (tls: ServerOptions): Promise<Peer> => keep(await startPeer([json(200, ['fine'])], tls));

  async function failed(call: Promise<unknown>): Promise<AdapterError> {
    const error = await call.then(
      () => assert.fail('the call succeeded'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof AdapterError);
    return error;
  }

  it('refuses a self-signed certificate and says what to do', async () => {
    const server = await secure(localhost);
    const error = await failed(client(server.url).call(get));
    assert.equal(error.code, 'WAP_TLS');
    assert.equal(error.cause.retryable, false);
    assert.equal(error.cause.attempt, 1);
    assert.match(error.message, /authority \(CA\) in the TLS configuration of this connection/);
  });

  it('takes a certificate whose authority is given', async () => {
    const server = await secure(localhost);
    assert.deepEqual((await client(server.url, { tls: { ca: localhost.cert } }).call(get)).body, ['fine']);
  });

  it('takes any certificate where verification is switched off', async () => {
    const server = await secure(other);
    assert.deepEqual((await client(server.url, { tls: { rejectUnauthorized: false } }).call(get)).body, ['fine']);
  });

  it('names the cure for a certificate of another host', async () => {
    const server = await secure(other);
    const error = await failed(client(server.url, { tls: { ca: other.cert } }).call(get));
    assert.equal(error.code, 'WAP_TLS');
    assert.match(error.message, /certificate is for another name/);
  });

  for (const version of ['TLSv1', 'TLSv1.1'] as const)
    it(`speaks ${version} to an old server where it may, and names version and setting where not`, async () => {
      const only = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
      const server = await secure({ ...old, ...only });
      const error = await failed(client(server.url, { tls: { ca: old.ca } }).call(get));
      assert.equal(error.code, 'WAP_TLS');
      assert.match(error.message, /speaks TLS 1\.0 or 1\.1 only.*"Allow old TLS" in this connection/);
      assert.doesNotMatch(error.message, /is https right/);
      assert.deepEqual((await client(server.url, { tls: { ca: old.ca }, oldTls: true }).call(get)).body, ['fine']);
    });

  it('takes a certificate signed with SHA-1 where it may, and names the setting where not', async () => {
    const server = await secure({ ...old, ciphers: 'DEFAULT@SECLEVEL=0' });
    const error = await failed(client(server.url, { tls: { ca: old.ca } }).call(get));
    assert.equal(error.code, 'WAP_TLS');
    assert.match(error.message, /too weak today, such as SHA-1.*"Allow old TLS" in this connection/);
    assert.deepEqual((await client(server.url, { tls: { ca: old.ca }, oldTls: true }).call(get)).body, ['fine']);
  });

  it('allows old TLS to one connection alone, also at the end of a tunnel, and still checks who is there', async () => {
    const server = await secure({ ...old, maxVersion: 'TLSv1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' });
    const proxy = keep(await startProxy());
    const through = { proxy: { url: `http://127.0.0.1:${proxy.port}` }, oldTls: true };
    assert.deepEqual((await client(server.url, { ...through, tls: { ca: old.ca } }).call(get)).body, ['fine']);
    assert.equal((await failed(client(server.url, { tls: { ca: old.ca } }).call(get))).code, 'WAP_TLS');
    assert.match((await failed(client(server.url, { oldTls: true }).call(get))).message, /authority \(CA\)/);
  });

  it('names http that is spoken to a port of https', async () => {
    const server = await secure(localhost);
    const silent = await failed(client(server.url.replace('https', 'http'), { retries: 0 }).call(get));
    assert.match(silent.message, /does this port want https\?/);
    const alert = net.createServer(socket =>
      socket.once('data', () => socket.end(Buffer.from([21, 3, 1, 0, 2, 2, 70]))),
    );
    await new Promise<void>(resolve => alert.listen(0, '127.0.0.1', resolve));
    const { port } = alert.address() as net.AddressInfo;
    const told = await failed(client(`http://127.0.0.1:${port}`).call(get));
    assert.match(told.message, /speaks TLS .*write https in the address/);
    await new Promise(resolve => alert.close(resolve));
    const nginx = keep(
      await startPeer([raw(400, '<html><center>The plain HTTP request was sent to HTTPS port</center></html>')]),
    );
    assert.match((await failed(client(nginx.url).call(get))).message, /this port wants https/);
  });

  it('guesses that https is wrong where the port speaks plain HTTP', async () => {
    const plain = keep(await startPeer([json(200, [])]));
    const error = await failed(client(plain.url.replace('http:', 'https:')).call(get));
    assert.equal(error.code, 'WAP_TLS');
    assert.match(error.message, /is https right for this port/);
  });

  it('tunnels https through the proxy, with its credentials on CONNECT only', async () => {
    const server = await secure(localhost);
    const proxy = keep(await startProxy('Basic dTpw'));
    const http = client(`https://localhost:${server.port}`, {
      tls: { ca: localhost.cert },
      proxy: { url: `http://127.0.0.1:${proxy.port}`, user: 'u', password: 'p' },
    });
    assert.deepEqual((await http.call(get)).body, ['fine']);
    assert.deepEqual(proxy.connects, [{ target: `localhost:${server.port}`, authorization: 'Basic dTpw' }]);
    assert.equal(server.seen[0]?.headers['proxy-authorization'], undefined);
  });

  it('keeps the tunnel for the calls that follow', async () => {
    const server = await secure(localhost);
    const proxy = keep(await startProxy());
    const settings = { tls: { ca: localhost.cert }, proxy: { url: `http://127.0.0.1:${proxy.port}` } };
    const http = client(server.url, settings);
    for (let n = 0; n < 3; n += 1) await http.call(get);
    assert.equal(proxy.connects.length, 1);
    assert.equal(server.seen.length, 3);
  });

  it('refuses a certificate also at the end of a tunnel', async () => {
    const server = await secure(localhost);
    const proxy = keep(await startProxy());
    const http = client(server.url, { proxy: { url: `http://127.0.0.1:${proxy.port}` } });
    assert.equal((await failed(http.call(get))).code, 'WAP_TLS');
    assert.equal(server.seen.length, 0);
  });

  it('leaves nothing open to a proxy that never answers', async () => {
    const silent = net.createServer();
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as net.AddressInfo;
    const http = client('https://localhost:9', { proxy: { url: `http://127.0.0.1:${port}` } });
    const calling = failed(http.call(get));
    const [socket]: net.Socket[] = await once(silent, 'connection');
    const closed = new Promise(resolve =>
      socket
        ?.on('error', () => undefined)
        .on('close', resolve)
        .resume(),
    );
    http.close();
    assert.equal((await calling).code, 'ABORTED');
    await closed;
    silent.close();
  });

  it('is WAP_TIMEOUT when the proxy does not answer in time', async () => {
    const silent = net.createServer(socket => socket.resume().on('error', () => undefined));
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as net.AddressInfo;
    const http = client('https://localhost:9', {
      attemptTimeoutMs: 40,
      retries: 0,
      proxy: { url: `http://127.0.0.1:${port}` },
    });
    assert.equal((await failed(http.call(get))).code, 'WAP_TIMEOUT');
    http.close();
    await new Promise(resolve => silent.close(resolve));
  });

  it('sends plain http to the proxy with the whole address', async () => {
    const server = keep(await startPeer([json(200, ['fine'])]));
    const proxy = keep(await startProxy());
    const http = client(server.url, { proxy: { url: `http://127.0.0.1:${proxy.port}` } });
    assert.deepEqual((await http.call(get)).body, ['fine']);
    assert.deepEqual(proxy.forwarded, [`${server.url}/plans`]);
  });

  it('says that the proxy refused its credentials and does not show them', async () => {
    const server = await secure(localhost);
    const proxy = keep(await startProxy('Basic other'));
    const error = await failed(
      client(server.url, {
        proxy: { url: `http://127.0.0.1:${proxy.port}`, user: 'u', password: 'geheim' },
      }).call(get),
    );
    assert.equal(error.code, 'WAP_NETWORK');
    assert.match(error.message, /proxy did not accept its user and password/);
    assert.doesNotMatch(error.message, /geheim/);
    assert.equal(server.seen.length, 0);
  });

  it('names the proxy when it cannot be reached', async () => {
    const server = await secure(localhost);
    const proxy = await startProxy();
    await proxy.close();
    const error = await failed(client(server.url, { proxy: { url: `http://127.0.0.1:${proxy.port}` } }).call(get));
    assert.equal(error.code, 'WAP_NETWORK');
    assert.match(error.message, new RegExp(`through the proxy 127\\.0\\.0\\.1:${proxy.port} \\(ECONNREFUSED\\)`));
  });

  for (const noProxy of [['127.0.0.1'], ['*'], ['example.org', '.0.0.1'], ['10.0.0.0/8', '127.0.0.0/8']])
    it(`goes past the proxy for ${noProxy.join(', ')}`, async () => {
      const server = await secure(localhost);
      const proxy = keep(await startProxy());
      const settings = { tls: { ca: localhost.cert }, proxy: { url: `http://127.0.0.1:${proxy.port}`, noProxy } };
      await client(server.url, settings).call(get);
      assert.deepEqual(proxy.connects, []);
    });

  it('does not take a proxy from the environment', async () => {
    const server = await secure(localhost);
    const before = process.env.https_proxy;
    process.env.https_proxy = 'http://127.0.0.1:9';
    try {
      await client(server.url, { tls: { ca: localhost.cert } }).call(get);
    } finally {
      if (before === undefined) delete process.env.https_proxy;
      else process.env.https_proxy = before;
    }
    assert.equal(server.seen.length, 1);
  });

  it('says so where a peer cannot be reached that the environment has a proxy for', () => {
    const target = new URL('https://wap.corp:30004');
    const proxy = { HTTPS_PROXY: 'http://u:geheim@proxy:3128' };
    assert.match(unusedProxy(target, proxy), /HTTPS_PROXY of the environment is not used/);
    assert.doesNotMatch(unusedProxy(target, proxy), /geheim/);
    for (const unused of [{}, { ...proxy, NO_PROXY: 'x,.corp' }, { HTTP_PROXY: 'http://proxy:3128' }])
      assert.equal(unusedProxy(target, unused), '');
    assert.equal(unusedProxy(new URL('https://[::1]:9'), { ...proxy, no_proxy: 'localhost, ::1' }), '');
  });

  for (const [entry, host, port, isNamed] of [
    ['::1', '::1', '443', true],
    ['[::1]', '::1', '443', true],
    ['[::1]:443', '::1', '443', true],
    ['[::1]:444', '::1', '443', false],
    ['0:0:0:0:0:0:0:1', '::1', '443', true],
    ['fd00::/8', 'fd12::5', '443', true],
    ['10.0.0.0/8', '10.20.30.40', '443', true],
    ['10.0.0.0/8', '11.0.0.1', '443', false],
    ['10.0.0.0/8', 'ten.example', '443', false],
    ['10.0.0.0/99', '10.0.0.1', '443', false],
    ['example.org:8443', 'a.example.org', '8443', true],
    ['', 'example.org', '443', false],
  ] as const)
    it(`${isNamed ? 'names' : 'does not name'} ${host}:${port} by "${entry}"`, () =>
      assert.equal(names(entry, host, port), isNamed));
});
