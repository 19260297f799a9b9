/** Stands between Node-RED and WAP's usage API, and answers with the pages that WAP is allowed to send, or sends when it is
 *  in trouble: short ones, records in any order, the same record more than once. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { Random } from '../../../simulator/random';

export class PageBender {
  /** While true, pages are bent. */
  isOn = false;
  /** Pages that were. */
  bent = 0;
  /** The usage API. */
  target = '';
  readonly #random = new Random(1);
  readonly #server = createServer((req, res) => this.#forward(req, res));

  static async start(): Promise<PageBender> {
    const bender = new PageBender();
    await new Promise<void>(resolve => bender.#server.listen(0, '127.0.0.1', resolve));
    return bender;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
  }

  stop(): Promise<void> {
    return new Promise(resolve => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #forward(req: IncomingMessage, res: ServerResponse): void {
    const made = request(new URL(req.url ?? '/', this.target), { method: req.method, headers: req.headers }, answer => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', () => req.socket.destroy());
      answer.on('end', () => {
        const isPage = this.isOn && answer.statusCode === 200 && (req.url ?? '').startsWith('/usage');
        const body = isPage ? this.#bend(Buffer.concat(parts)) : Buffer.concat(parts);
        const { 'content-length': _length, 'transfer-encoding': _coding, ...headers } = answer.headers;
        res.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': body.length });
        res.end(body);
      });
    });
    made.on('error', () => req.socket.destroy());
    req.pipe(made);
  }

  #bend(body: Buffer): Buffer {
    const records: Array<{ EventId: number }> = JSON.parse(body.toString('utf8'));
    if (records.length === 0) return body;
    this.bent += 1;
    // A short page has the lowest ids there are.
    const sorted = records.sort((one, other) => one.EventId - other.EventId);
    const kept = sorted.slice(0, this.#random.between(1, sorted.length));
    const twice = kept.filter(() => this.#random.between(0, 9) === 0);
    const all = [...kept, ...twice].map(record => ({ record, at: this.#random.next() }));
    return Buffer.from(JSON.stringify(all.sort((one, other) => one.at - other.at).map(({ record }) => record)));
  }
}
