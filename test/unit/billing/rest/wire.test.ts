import assert from 'node:assert/strict';
import { formOf } from '../../../../lib/billing/rest/wire/form';
import { parseXml } from '../../../../lib/billing/rest/wire/xml';
import { anOffer } from '../../../contract/provider';
import { type Api, type Json, type StandIn, standIn } from '../stand-in';

describe('what goes over the wire, provider rest', () => {
  let billing: StandIn | null = null;

  async function open(templates: Json, api: Api) {
    billing = await standIn(templates, api);
    return billing.connection;
  }
  const requests = () => billing?.requests ?? [];
  afterEach(async () => {
    await billing?.close();
    billing = null;
  });

  it('sends a form, nested names in brackets, and reads JSON', async () => {
    let made: URLSearchParams | null = null;
    const { provider } = await open(
      {
        create: {
          ...{ method: 'POST', path: '/products', encode: 'form' },
          body: '{ "id": key, "name": name, "metadata": { "wap": key }, "features": [{ "name": "a&b" }] }',
        },
        answer: '{ "key": id, "remoteId": id, "state": "active" }',
        same: 'found.name = sent.name',
      },
      (call, _body, { text }) => {
        if (call.startsWith('POST')) made = new URLSearchParams(text);
        const found = made && { id: made.get('id'), name: made.get('name') };
        return found ? [200, found] : [404, {}];
      },
    );
    const wanted = anOffer();
    assert.equal((await provider.ensureOffer(wanted)).remoteId, wanted.key);
    assert.equal((await provider.ensureOffer(wanted)).remoteId, wanted.key);
    const posts = requests().filter(({ call }) => call.startsWith('POST'));
    assert.equal(posts.length, 1);
    assert.equal(posts[0]?.headers['content-type'], 'application/x-www-form-urlencoded');
    const sent = new URLSearchParams(posts[0]?.text);
    assert.deepEqual([sent.get('metadata[wap]'), sent.get('features[0][name]')], [wanted.key, 'a&b']);
  });

  const xml = {
    create: {
      ...{ method: 'POST', path: '/plans', encode: 'xml' },
      body: '{ "plan": { "@code": key, "title": name } }',
    },
    read: { method: 'GET', path: '/plans/{key}', decode: 'xml' },
    answer: 'plan.{ "key": `@code`, "remoteId": id, "state": state }',
    same: 'true',
  };

  it('writes and reads XML, values digit by digit', async () => {
    let made = '';
    const { provider } = await open(xml, (call, _body, { text }) => {
      const code = /code="([^"]*)"/.exec(text)?.[1];
      if (call.startsWith('POST'))
        made = `<?xml version="1.0"?><b:plan xmlns:b="urn:b" code="${code}"><b:id>007</b:id><b:state>active</b:state></b:plan>`;
      return made === '' ? [404, '<error/>'] : [200, made, { 'Content-Type': 'application/xml' }];
    });
    const wanted = anOffer({ name: 'Gold & <Silver>' });
    assert.deepEqual(await provider.ensureOffer(wanted), {
      ...{ key: wanted.key, remoteId: '007', state: 'active', version: null },
    });
    assert.equal((await provider.offerState(wanted.key)).state, 'active');
    const post = requests().find(({ call }) => call.startsWith('POST'));
    assert.match(post?.headers['content-type'] ?? '', /^application\/xml/);
    assert.match(post?.headers.accept ?? '', /xml/);
    assert.match(post?.text ?? '', /<title>Gold &amp; &lt;Silver&gt;<\/title>/);
  });

  for (const [title, body] of [
    ['a page', '<!doctype html><html><body>Sign in</body></html>'],
    ['a truncated answer', '<plan code="gold"><id>1'],
    ['a document type', '<!DOCTYPE p [<!ENTITY a "aaaa">]><plan code="gold"><id>&a;</id></plan>'],
  ] as const)
    it(`never takes ${title} for XML`, async () => {
      const { provider } = await open(xml, () => [200, body]);
      await refused(provider.offerState('gold'), 'BILLING_BAD_RESPONSE', /well-formed XML/);
    });

  it('sends and reads a text', async () => {
    const { usage } = await open(
      {
        usage: {
          ...{ method: 'POST', path: '/usage', encode: 'text', decode: 'text' },
          body: 'item.key & ";" & item.quantity',
          answer: '$ = "OK" ? "delivered" : { "outcome": "rejected", "reason": $ }',
        },
      },
      (_call, _body, { text }) => [200, text === 'a;0.1' ? 'OK' : 'no such line'],
    );
    assert.deepEqual(await usage.send([anItem('a', '0.1')]), [{ outcome: 'delivered' }]);
    assert.deepEqual(await usage.send([anItem('b', '2')]), [{ outcome: 'rejected', reason: 'no such line' }]);
    assert.match(requests()[0]?.headers['content-type'] ?? '', /^text\/plain/);
  });

  it('reads the id of what was made from the header Location', async () => {
    const { provider } = await open(
      {
        create: {
          ...{ method: 'POST', path: '/plans', body: '{ "code": key }' },
          answer: '{ "remoteId": $substringAfter($headers.location, "/plans/"), "state": "active" }',
        },
      },
      call => (call.startsWith('POST') ? [201, '', { Location: '/plans/p-7' }] : [404, {}]),
    );
    assert.equal((await provider.ensureOffer(anOffer())).remoteId, 'p-7');
    assert.equal(requests().length, 2);
  });

  it('finds the next page in a header, and absence too', async () => {
    const { provider } = await open(
      {
        read: { method: 'GET', path: '/plans/{key}', absent: '$headers.`x-found` = "no"' },
        list: {
          ...{ method: 'GET', path: '/plans', query: { page: '{page}' }, items: '$', next: '$headers.`x-next`' },
          answer: '{ "key": $, "remoteId": $, "state": "active" }',
        },
      },
      call => {
        if (call.startsWith('GET /plans/')) return [200, {}, { 'X-Found': 'no' }];
        return call.endsWith('=1') ? [200, ['a'], { 'X-Next': 'z' }] : [200, ['b']];
      },
    );
    assert.deepEqual(
      (await provider.listOffers?.())?.map(({ key }) => key),
      ['a', 'b'],
    );
    assert.equal((await provider.offerState('gold')).state, 'absent');
  });

  for (const retryable of [true, false])
    it(`reports an error inside a success as ${retryable ? '' : 'not '}retryable, as the template says`, async () => {
      const { provider } = await open(
        { error: `result = "error" ? { "message": message, "retryable": ${retryable} }` },
        () => [200, { result: 'error', message: 'Invalid IP 1.2.3.4' }],
      );
      for (const call of [provider.check(), provider.offerState('gold')])
        await assert.rejects(call, (error: Error & { code?: string; cause?: { retryable?: boolean } }) => {
          assert.equal(error.code, 'BILLING_BAD_RESPONSE');
          assert.match(error.message, /Invalid IP/);
          assert.equal(error.cause?.retryable === true, retryable);
          return true;
        });
    });

  it('names field, shape and remedy of a wrong format', async () => {
    const check = { method: 'GET', path: '/' };
    await refused(
      open({ check: { ...check, decode: 'yaml' } }, () => [200, '']),
      'INPUT_INVALID',
      /templates\.check\.decode.*Use json, text, xml/,
    );
    await refused(
      open({ check: { ...check, encode: 'form' } }, () => [200, '']),
      'INPUT_INVALID',
      /templates\.check\.encode.*no body/,
    );
  });

  it('shortens a key by $shortKey in a path', async () => {
    const { provider } = await open({ read: { method: 'GET', path: '/plans/{$shortKey(key, 20)}' } }, () => [404, {}]);
    await provider.offerState('x'.repeat(300));
    await provider.offerState('gold');
    assert.match(billing?.calls[0] ?? '', /^GET \/plans\/[a-z2-7]{20}$/);
    assert.equal(billing?.calls[1], 'GET /plans/gold');
  });
});

const refused = (call: Promise<unknown>, code: string, words: RegExp) =>
  assert.rejects(call, (error: Error & { code?: string }) => {
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  });

const anItem = (key: string, quantity: string) => ({
  ...{ key, subscription: 'b-1', wapSubscriptionId: 's-1', meter: 'cpu', unit: null, quantity, adjustment: false },
  ...{ startTime: '2026-03-01T09:00:00.000Z', endTime: '2026-03-01T10:00:00.000Z', properties: {} },
});

describe('the formats of the wire', () => {
  it('leaves null out of a form and sends an empty text', () => {
    assert.equal(formOf({ a: null, b: '', c: [1, true], d: {} }), 'b=&c%5B0%5D=1&c%5B1%5D=true');
  });

  it('reads XML without its declaration', () => {
    assert.deepEqual(parseXml('<?xml version="1.0"?><a b="01"><c>1.50</c><c>x</c></a>'), {
      a: { '@b': '01', c: ['1.50', 'x'] },
    });
  });
});
