import assert from 'node:assert/strict';
import { openBilling } from '../../../lib/billing/connection';
import { optionsOf } from '../../../lib/billing/options';
import { formsOf } from '../../../lib/billing/providers';
import { compile } from './jsonata-compile';

const fields = {
  currency: { preset: 'EUR', shape: { pattern: '[A-Z]{3}', sample: 'EUR' } },
  interval: { preset: 'month', words: ['month', 'year'] },
  apiKey: { preset: '' },
  note: { preset: '', optional: true },
  hidden: { preset: '', secret: true },
} as const;

describe('the options of a provider', () => {
  it('take what is given, in any case of a word, and presets for the rest', () => {
    const given = { apiKey: ' k ', interval: 'YEAR', ofAnother: 'x' };
    assert.deepEqual(optionsOf(fields, { options: given, secondSecret: 's' }).options, {
      ...{ currency: 'EUR', interval: 'year', apiKey: 'k', note: '' },
    });
  });

  for (const [given, words] of [
    [{}, /options\.apiKey is empty\. Fill it in/],
    [{ apiKey: 'k', currency: 'Euro' }, /options\.currency is .*Write it like EUR/],
    [{ apiKey: 'k', interval: 'week' }, /options\.interval is .*Use month, year/],
    [{ apiKey: 7 }, /options\.apiKey is a number/],
  ] as const)
    it(`name the field: ${words}`, () => {
      assert.throws(() => optionsOf(fields, { options: given, secondSecret: 's' }), words);
    });

  const http = { baseUrl: 'http://127.0.0.1:9', attemptTimeoutMs: 1000, totalTimeoutMs: 1000, retries: 0 };

  it('of Kill Bill include a second secret, which no error shows', async () => {
    const auth = { kind: 'basic', user: 'admin', password: 'password' } as const;
    const settings = { provider: 'killbill', auth, options: { apiKey: 'tenant' }, http };
    assert.throws(() => openBilling(settings, { compile }), /secondSecret is empty\. Give the second secret/);
    const billing = openBilling({ ...settings, secondSecret: 'very-secret-1' }, { compile });
    await assert.rejects(billing.provider.offerState('very-secret-1'), (error: Error) => {
      assert.doesNotMatch(JSON.stringify(error) + error.message, /very-secret-1/);
      return true;
    });
    billing.close();
  });

  it('of REST name a header for the second secret, and then want it', () => {
    const settings = { provider: 'rest', auth: { kind: 'none' }, options: { secondHeader: 'X-Secret' }, http } as const;
    assert.throws(() => openBilling(settings, { compile }), /secondSecret is empty\. Give the second secret/);
    openBilling({ ...settings, secondSecret: 's' }, { compile }).close();
  });

  it('have a preset that fits, or must be filled in', () => {
    for (const [name, form] of Object.entries(formsOf([])))
      for (const [option, { preset, shape, words }] of Object.entries(form.options)) {
        if (preset === '') continue;
        assert.ok(!words || words.includes(preset), `${name}.${option}`);
        assert.ok(!shape || new RegExp(`^(?:${shape.pattern})$`).test(preset), `${name}.${option}`);
      }
  });
});
