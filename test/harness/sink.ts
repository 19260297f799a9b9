/** Where flows under test send what they produce: an HTTP endpoint in the test process. */
import { createServer } from 'node:http';

export interface SunkMessage {
  /** Increases with the order in which Node-RED handed the messages over. */
  order: number;
  /** The message without `req`, `res` and what JSON cannot carry. */
  msg: Record<string, unknown>;
}

export interface Sink {
  /** Empty: in this process. */
  url: string;
  /** Messages of one name, in the order the flow produced them. */
  messages(name: string): Array<Record<string, unknown>>;
  clear(): void;
  stop(): Promise<void>;
}

export async function startSink(): Promise<Sink> {
  const received = new Map<string, SunkMessage[]>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const name = decodeURIComponent((request.url ?? '/').slice(1));
      const message: SunkMessage = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      received.set(
        name,
        [...(received.get(name) ?? []), message].sort((a, b) => a.order - b.order),
      );
      response.end('{}');
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    messages: name => (received.get(name) ?? []).map(({ msg }) => msg),
    clear: () => received.clear(),
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
