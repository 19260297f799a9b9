import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { AdapterError } from '../../../lib/errors';
import type { HttpCall, HttpSettings } from '../../../lib/http';
import { createHttp } from '../../../lib/http';
import { InstantClock } from './instant-clock';
import type { Peer } from './peer';
import { json, startPeer } from './peer';

const fixture = (name: string) => readFileSync(path.join(__dirname, '../../data/tls', name));
const localhost = { key: fixture('localhost.key.pem'), cert: fixture('localhost.cert.pem') };
const other = { key: fixture('other.key.pem'), cert: fixture('other.cert.pem') };

const get: HttpCall = { method: 'GET', path: '/plans', repeatable: true, subject: 'plans' };

interface Proxy {
  port: number;
  connects: Array<{ target: string; authorization: string | undefined }>;
  forwarded: string[];
  close(): Promise<void>;
}

/** A proxy that tunnels CONNECT and forwards plain requests; wants `Basic` credentials when told so. */
async function startProxy(wanted?: string): Promise<Proxy> {
  const connects: Proxy['connects'] = [];
  const forwarded: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = http.createServer((req, res) => {
    forwarded.push(req.url ?? '');
    req.pipe(
      http.request(req.url ?? '', { method: req.method, headers: req.headers }, answer => {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
      }),
    );
  });
  server.on('connect', (req: http.IncomingMessage, socket: net.Socket) => {
    const authorization = req.headers['proxy-authorization'];
    connects.push({ target: req.url ?? '', authorization });
    if (wanted !== undefined && authorization !== wanted) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const [host = '', port = ''] = (req.url ?? '').split(':');
    const upstream = net.connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [socket, upstream]) {
      sockets.add(end);
      end.on('error', () => undefined);
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    connects,
    forwarded,
    close: () =>
      new Promise<void>(resolve => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

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

  const secure = async (tls: { key: Buffer; cert: Buffer }): Promise<Peer> =>
    keep(await startPeer([json(200, ['fine'])], tls));

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

  for (const noProxy of [['127.0.0.1'], ['*'], ['example.org', '.0.0.1']])
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
});
