import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openBilling } from '../../../../lib/billing/connection';
import { defaultTemplates } from '../../../../lib/billing/rest/templates';
import type { BillingAuth } from '../../../../lib/billing/settings';
import { anOffer } from '../../../contract/provider';
import { compile } from '../jsonata-compile';

interface Seen {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

describe('a request of the billing provider rest', () => {
  let server: Server;
  let seen: Seen[];
  beforeEach(async () => {
    seen = [];
    server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      response.statusCode = request.method === 'GET' ? 404 : 201;
      response.setHeader('Content-Type', 'application/json');
      response.end('{"id":"off_1","state":"draft"}');
    }).listen(0, '127.0.0.1');
    await new Promise(resolve => server.once('listening', resolve));
  });
  afterEach(() => new Promise(resolve => server.close(resolve)));

  async function ensure(auth: BillingAuth, target: string): Promise<Seen> {
    const { port } = server.address() as AddressInfo;
    const http = {
      baseUrl: `http://127.0.0.1:${port}/api/v1/`,
      attemptTimeoutMs: 5000,
      totalTimeoutMs: 5000,
      retries: 0,
    };
    const create = { ...defaultTemplates.create, headers: { 'X-Kind': '{kind}' }, query: { 'what?': '{name} & co' } };
    const templates = { ...defaultTemplates, create };
    const connection = openBilling(
      { provider: 'rest', target, http, auth, idempotencyHeader: 'Idempotency-Key', templates },
      { compile },
    );
    await connection.provider.ensureOffer(anOffer({ key: 'gold plan' }));
    connection.close();
    const create1 = seen.at(-1);
    assert.ok(create1);
    return create1;
  }

  it('has the parts that the templates give', async () => {
    const { method, url, headers, body } = await ensure({ kind: 'none' }, 'books');
    assert.deepEqual([method, url], ['POST', '/api/v1/offers?what%3F=Gold%20%26%20co']);
    assert.deepEqual(JSON.parse(body), {
      key: 'gold plan',
      name: 'Gold',
      kind: 'plan',
      price: '19.90',
      description: 'Databases for a team',
    });
    assert.equal(headers['x-kind'], 'plan');
    assert.match(headers['content-type'] ?? '', /^application\/json/);
    assert.equal(headers.authorization, undefined);
  });

  it('looks for the key below the address first', async () => {
    await ensure({ kind: 'none' }, 'books');
    assert.deepEqual([seen[0]?.method, seen[0]?.url], ['GET', '/api/v1/offers/gold%20plan']);
  });

  it('has the same idempotency key each time', async () => {
    for (let n = 0; n < 2; n++)
      assert.equal((await ensure({ kind: 'none' }, 'books')).headers['idempotency-key'], 'books:create:gold%20plan');
  });

  for (const [auth, header, value] of [
    [{ kind: 'basic', user: 'otto', password: 'pässword:1' }, 'authorization', 'Basic b3R0bzpww6Rzc3dvcmQ6MQ=='],
    [{ kind: 'bearer', token: 'abc' }, 'authorization', 'Bearer abc'],
    [{ kind: 'header', name: 'X-Api-Key', value: 'abc' }, 'x-api-key', 'abc'],
  ] as const)
    it(`carries the credentials of ${auth.kind}`, async () => {
      const { headers } = await ensure(auth, 'books');
      assert.equal(headers[header], value);
    });
});
