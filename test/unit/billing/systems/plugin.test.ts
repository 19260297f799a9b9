import assert from 'node:assert/strict';
import { openBilling } from '../../../../lib/billing/connection';
import { pluginKinds } from '../../../../lib/billing/systems/plugin';
import { failsWith } from '../../../contract/provider';
import { compile } from '../jsonata-compile';

const http = { baseUrl: 'http://127.0.0.1:9', attemptTimeoutMs: 1000, totalTimeoutMs: 1000, retries: 0 };
const good = {
  ...{ type: 'wap-billing-provider', contract: 1, name: 'acme', label: { 'en-US': 'Acme' } },
  form: { address: 'https://acme.example', signIn: null, options: {} },
  open: () => ({ provider: { check: async () => undefined }, usage: {}, subscriptions: {} }),
};
const open = (plugins: unknown[], provider = 'acme') =>
  openBilling({ provider, http, auth: { kind: 'none' } }, { compile, plugins });

describe('a provider that another package brings', () => {
  it('opens by its name', async () => {
    const billing = open([good]);
    await billing.check();
    billing.close();
  });

  for (const [plugin, words] of [
    [{ ...good, contract: 2 }, /made for contract 2, and this version knows 1/],
    [{ ...good, form: {} }, /form has no address or no options/],
    [{ ...good, open: undefined }, /neither a system nor open/],
    [{ ...good, open: () => ({}) }, /opens no provider, usage and subscriptions/],
  ] as const)
    it(`is refused by its name when it cannot be used: ${words}`, () => {
      assert.throws(
        () => open([plugin]),
        (error: Error) => failsWith('INPUT_CONFIG')(error) && words.test(error.message),
      );
    });

  it('is asked for by its name when nobody brings it', () => {
    assert.throws(() => open([good], 'other'), /provider is "other", which nobody brings.*or use rest, .*, acme\./);
    assert.throws(() => open([], ''), /provider is an empty text|provider is a text/);
  });

  it('does not take the place of one of ours, and of two the first counts', () => {
    const second = { ...good, label: { 'en-US': 'Second' } };
    assert.equal(pluginKinds([good, second, null, 'x']).get('acme')?.form.label?.['en-US'], 'Acme');
    open([{ ...good, name: 'rest', open: () => ({}) }], 'rest').close();
  });
});
