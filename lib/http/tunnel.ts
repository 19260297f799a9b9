import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import tls from 'node:tls';

/** The proxy's address and our login. */
export interface TunnelProxy {
  protocol: string;
  host: string;
  port: number;
  auth?: { username: string; password: string };
}

/** The proxy did not open the tunnel. */
export class TunnelRefused extends Error {
  readonly code = 'EPROXY';
  constructor(readonly proxyStatus: number) {
    super(`The proxy answered ${proxyStatus}.`);
  }
}

/** How Node's agent is told of a connection. */
type Done = (error: Error | null, socket?: Duplex) => void;

/** Connections to an https peer through a proxy's CONNECT, kept alive like direct ones. axios can tunnel too, but opens a
 *  tunnel for every request and leaks the socket when the proxy never answers; here `connectMs` bounds the wait, and destroying
 *  the agent ends it. */
export class TunnelAgent extends https.Agent {
  readonly #proxy: TunnelProxy;
  readonly #connectMs: number;
  readonly #connecting = new Set<http.ClientRequest>();

  constructor(proxy: TunnelProxy, connectMs: number, options: https.AgentOptions) {
    super(options);
    this.#proxy = proxy;
    this.#connectMs = connectMs;
  }

  /** Asks the proxy for a tunnel and speaks TLS through it. */
  override createConnection(options: ConnectionOptions, done: Done): undefined {
    const { protocol, host, port, auth } = this.#proxy;
    const target = `${options.host?.includes(':') ? `[${options.host}]` : options.host}:${options.port}`;
    const headers: Record<string, string> = { Host: target };
    if (auth) {
      const login = Buffer.from(`${auth.username}:${auth.password}`, 'utf8').toString('base64');
      headers['Proxy-Authorization'] = `Basic ${login}`;
    }
    const request = (protocol.startsWith('https') ? https : http).request({
      host,
      port,
      method: 'CONNECT',
      path: target,
      headers,
      agent: false,
      timeout: this.#connectMs,
    });
    this.#connecting.add(request);
    request.once('close', () => this.#connecting.delete(request));
    request.once('timeout', () => request.destroy(new Error('The proxy does not answer.')));
    request.once('error', error => done(error));
    request.once('response', answer => {
      answer.resume();
      done(new TunnelRefused(answer.statusCode ?? 0));
    });
    request.once('connect', (answer, socket) => {
      this.#connecting.delete(request);
      socket.setTimeout(0);
      if (answer.statusCode === 200) return done(null, tls.connect({ ...options, socket }));
      socket.destroy();
      done(new TunnelRefused(answer.statusCode ?? 0));
    });
    request.end();
    return undefined;
  }

  /** Ends tunnels that are still being opened, too. */
  override destroy(): void {
    for (const request of this.#connecting) request.destroy();
    super.destroy();
  }
}
