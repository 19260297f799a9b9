import http, { type IncomingHttpHeaders } from 'node:http';

export interface Received {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  // Tests look into bodies field by field; a wrong field fails the assertion.
  body: Record<string, unknown>;
  /** It waited for a 100 before the body. */
  expected: boolean;
}

/** An adapter that answers as told, and keeps what it was asked. */
export async function startAdapter() {
  const received: Received[] = [];
  const state = { status: 204, text: '', silent: false, eager: true };
  const server = http.createServer();
  let told: () => void = () => undefined;
  const handle = (expected: boolean) => (req: http.IncomingMessage, res: http.ServerResponse) => {
    if (expected && !state.eager) {
      res.writeHead(state.status).end();
      return;
    }
    if (expected) res.writeContinue();
    const parts: Buffer[] = [];
    req.on('data', part => parts.push(part));
    req.on('end', () => {
      const text = Buffer.concat(parts).toString();
      const { method = '', url = '', headers } = req;
      received.push({ method, url, headers, body: JSON.parse(text || '{}'), expected });
      told();
      if (!state.silent) res.writeHead(state.status).end(state.text);
    });
  };
  server.on('request', handle(false));
  server.on('checkContinue', handle(true));
  await new Promise<void>(ready => server.listen(0, '127.0.0.1', ready));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The adapter does not listen.');
  return {
    url: `http://127.0.0.1:${address.port}/usage/`,
    received,
    /** How it answers from now on. Not `eager`: it refuses before the body. */
    state,
    /** The next request has come whole. */
    next: () => new Promise<void>(resolve => (told = resolve)),
    stop: () =>
      new Promise<void>(done => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
