/** A billing system that numbers what it makes beyond 2^53, and says the numbers as JSON numbers. Small: offers and subscriptions,
 *  each with the key it was given. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Numbered {
  collection: string;
  id: string;
  key: string;
  state: string;
}

/** Odd, and so are the next ones: no double is one of them. */
const firstId = 9007199254740993n;

const verbs: Record<string, string> = { publish: 'active', retire: 'retired', suspend: 'suspended' };

export class NumberingBilling {
  /** Path and body of what changes something, in order. */
  readonly changes: string[] = [];
  readonly #made: Numbered[] = [];
  readonly #server: Server = createServer((request, response) => {
    this.#answer(request).then(
      ([status, text]) => response.writeHead(status, { 'content-type': 'application/json' }).end(text),
      () => response.destroy(),
    );
  });

  async listen(): Promise<string> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Its digits. */
  make(collection: 'offers' | 'subscriptions', key: string, state = 'active'): string {
    const id = String(firstId + 2n * BigInt(this.#made.length));
    this.#made.push({ collection, id, key, state });
    return id;
  }

  idOf(key: string): string | undefined {
    return this.#made.find(made => made.key === key)?.id;
  }

  #of(collection: string | undefined): Numbered[] {
    return this.#made.filter(made => made.collection === collection);
  }

  /** `/offers`, `/offers/<key>`, `/offers/<id>/<verb>`, and the same of subscriptions. */
  async #answer(request: IncomingMessage): Promise<[status: number, text: string]> {
    const url = request.url ?? '';
    const [, collection, name, verb] = decodeURIComponent(url.replace(/\?.*/, '')).split('/');
    if (request.method === 'GET' && name === undefined) return [200, `[${this.#of(collection).map(wire).join()}]`];
    const found = this.#of(collection).find(made => made.id === name || made.key === name);
    if (request.method === 'GET') return found ? [200, wire(found)] : [404, '{}'];
    const body = await textOf(request);
    this.changes.push(`${url} ${body}`);
    if (name === undefined) {
      const { key } = JSON.parse(body);
      if (collection === 'offers') this.make(collection, key, 'draft');
      else this.make('subscriptions', key);
      return [201, wire(this.#made.at(-1))];
    }
    if (!found) return [404, '{}'];
    found.state = verbs[verb ?? ''] ?? found.state;
    return [200, wire(found)];
  }
}

const wire = (made: Numbered | undefined): string =>
  made ? `{"id":${made.id},"key":${JSON.stringify(made.key)},"state":"${made.state}"}` : '{}';

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += String(part);
  return text;
}
