import assert from 'node:assert/strict';
import { compileTemplates } from '../../../../lib/billing/rest/compile';
import { defaultTemplates } from '../../../../lib/billing/rest/templates';
import { AdapterError, type ErrorCode } from '../../../../lib/errors';
import { compile } from '../jsonata-compile';

const { create, read, list } = defaultTemplates;

function refused(templates: unknown): AdapterError {
  try {
    compileTemplates(templates, compile);
  } catch (error) {
    if (error instanceof AdapterError) return error;
  }
  throw new Error('The templates were not refused.');
}

const bad: Array<[string, unknown, ErrorCode, string]> = [
  ['no templates', null, 'INPUT_INVALID', 'templates'],
  ['a text', 'create', 'INPUT_INVALID', 'templates'],
  ['a misspelt operation', { ...defaultTemplates, retrie: read }, 'INPUT_INVALID', 'templates.retrie'],
  ['no read', { ...defaultTemplates, read: undefined }, 'INPUT_INVALID', 'templates.read'],
  ['no answer', { ...defaultTemplates, answer: '' }, 'INPUT_INVALID', 'templates.answer'],
  ['a misspelt field', { ...defaultTemplates, read: { ...read, qeury: {} } }, 'INPUT_INVALID', 'templates.read.qeury'],
  [
    'an unknown method',
    { ...defaultTemplates, read: { ...read, method: 'fetch' } },
    'INPUT_INVALID',
    'templates.read.method',
  ],
  [
    'a path without a slash',
    { ...defaultTemplates, read: { ...read, path: 'offers' } },
    'INPUT_INVALID',
    'templates.read.path',
  ],
  [
    'a path to another host',
    { ...defaultTemplates, read: { ...read, path: '//evil' } },
    'INPUT_INVALID',
    'templates.read.path',
  ],
  [
    'a query in the path',
    { ...defaultTemplates, read: { ...read, path: '/o?key={key}' } },
    'INPUT_INVALID',
    'templates.read.path',
  ],
  [
    'a space in the path',
    { ...defaultTemplates, read: { ...read, path: '/my offers' } },
    'INPUT_INVALID',
    'templates.read.path',
  ],
  [
    'an open placeholder',
    { ...defaultTemplates, read: { ...read, path: '/o/{key' } },
    'BILLING_TEMPLATE',
    'templates.read.path',
  ],
  [
    'a placeholder that is no JSONata',
    { ...defaultTemplates, read: { ...read, path: '/o/{key +}' } },
    'BILLING_TEMPLATE',
    'templates.read.path: {key +}',
  ],
  [
    'a number as query',
    { ...defaultTemplates, read: { ...read, query: { a: 1 } } },
    'INPUT_INVALID',
    'templates.read.query.a',
  ],
  [
    'a body that is no JSONata',
    { ...defaultTemplates, create: { ...create, body: '{ "key": }' } },
    'BILLING_TEMPLATE',
    'templates.create.body',
  ],
  [
    'an object as body',
    { ...defaultTemplates, create: { ...create, body: {} } },
    'INPUT_INVALID',
    'templates.create.body',
  ],
  ['a GET with a body', { ...defaultTemplates, read: { ...read, body: '{}' } }, 'INPUT_INVALID', 'templates.read.body'],
  [
    'credentials in a header',
    { ...defaultTemplates, read: { ...read, headers: { authorization: 'x' } } },
    'INPUT_INVALID',
    'templates.read.headers.authorization',
  ],
  [
    'a header with a space',
    { ...defaultTemplates, read: { ...read, headers: { 'a b': 'x' } } },
    'INPUT_INVALID',
    'templates.read.headers.a b',
  ],
  ['an unknown state', { ...defaultTemplates, states: { live: 'sold' } }, 'INPUT_INVALID', 'templates.states.live'],
  [
    'a page of none',
    { ...defaultTemplates, list: { ...list, pageSize: 0 } },
    'INPUT_INVALID',
    'templates.list.pageSize',
  ],
  [
    'a status that is success',
    { ...defaultTemplates, create: { ...create, exists: [200] } },
    'INPUT_INVALID',
    'templates.create.exists',
  ],
];

describe('billing templates', () => {
  for (const [what, templates, code, subject] of bad)
    it(`refuse ${what} by name`, () => {
      const error = refused(templates);
      assert.deepEqual([error.code, error.cause.subject], [code, subject]);
      assert.ok(error.message.startsWith(subject), error.message);
      assert.equal(error.cause.retryable, false);
    });

  it('accept null for an operation that does not exist', () => {
    const compiled = compileTemplates({ ...defaultTemplates, list: null, publish: null }, compile);
    assert.deepEqual([compiled.offers.list, compiled.offers.publish], [null, null]);
  });

  it('survive a round trip through JSON', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(defaultTemplates)), defaultTemplates);
  });

  it('send what the expressions give, and leave out an empty parameter', async () => {
    const compiled = compileTemplates(
      {
        ...defaultTemplates,
        read: {
          method: 'GET',
          path: '/offers/{$uppercase(key)}',
          query: { version: '{version}', of: '{kind}s' },
          headers: { 'X-Target': '{target}' },
        },
      },
      compile,
    );
    assert.deepEqual(await compiled.offers.read.request({ key: 'a b', kind: 'plan', version: null, target: 'tt' }), {
      method: 'GET',
      path: '/offers/A%20B',
      query: { of: 'plans' },
      headers: { 'X-Target': 'tt' },
    });
  });

  for (const [what, operation, data, code, problem] of [
    ['an empty key', { path: '/o/{key}' }, { key: '' }, 'BILLING_TEMPLATE', /gave nothing/],
    ['a key of dots', { path: '/o/{key}' }, { key: '..' }, 'INPUT_INVALID', /only dots/],
    ['an object in a path', { path: '/o/{key}' }, { key: {} }, 'BILLING_TEMPLATE', /an object with 0 fields/],
    ['a line break in a header', { headers: { 'X-K': '{key}' } }, { key: 'a\r\nb' }, 'BILLING_TEMPLATE', /line break/],
    ['a body of nothing', { method: 'POST', body: 'missing' }, {}, 'BILLING_TEMPLATE', /gave nothing/],
    ['an expression that fails', { path: '/o/{1 + "a"}' }, {}, 'BILLING_TEMPLATE', /T2002/],
  ] as const)
    it(`fail with a clear error on ${what}`, async () => {
      const compiled = compileTemplates({ ...defaultTemplates, read: { ...read, ...operation } }, compile);
      await assert.rejects(compiled.offers.read.request(data), (error: AdapterError) => {
        assert.equal(error.code, code);
        assert.match(error.message, problem);
        return true;
      });
    });

  it('never quote a value in the reason of a failure', async () => {
    const compiled = compileTemplates({ ...defaultTemplates, read: { ...read, path: '/o/{$number(key)}' } }, compile);
    await assert.rejects(compiled.offers.read.request({ key: 'hunter2' }), (error: AdapterError) => {
      assert.match(error.message, /D3030/);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  });
});
