import http from 'node:http';
import https from 'node:https';

/** Key and certificate in PEM. */
export interface SimulatorTls {
  key: string | Buffer;
  cert: string | Buffer;
}

export interface Listening {
  /** Without a slash at the end. */
  url: string;
  /** Ends at once: open connections are cut. */
  close(): Promise<void>;
}

/** Serves on 127.0.0.1 only. Port 0 takes a free one. Rejects with `EADDRINUSE` when the port is taken. */
export function listen(handler: http.RequestListener, port: number, tls?: SimulatorTls): Promise<Listening> {
  const server = tls ? https.createServer({ key: tls.key, cert: tls.cert }, handler) : http.createServer(handler);
  // As IIS does. After the 5 s of Node.js a client that comes back just then would find the connection reset.
  server.keepAliveTimeout = 120_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.removeListener('error', reject);
      const address = server.address();
      const actual = typeof address === 'object' && address ? address.port : port;
      resolve({ url: `${tls ? 'https' : 'http'}://127.0.0.1:${actual}`, close: () => closed(server) });
    });
  });
}

function closed(server: http.Server | https.Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
