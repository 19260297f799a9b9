import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Node, NodeAPI } from 'node-red';
import { AdapterError, errorCodes } from '../../lib/errors';
import { failureOf, shortOf } from '../../runtime/node/failure';
import { type ShowStatus, statusOf } from '../../runtime/node/status';
import { find } from '../../runtime/node/texts';
import { inDialogWords } from '../../runtime/routes/dialog-words';
import { repository } from '../harness/repository';
import { formOf, textsOf } from './form';
import { filesOf, flatten } from './sources';

const types = readdirSync(join(repository, 'nodes'));
const languages = ['en-US', 'es-ES'];

/** Node-RED's texts for one node: its own catalogue, and that of the plugin. */
function redOf(type: string, language: string): NodeAPI {
  const shared = new Map(
    filesOf(`editor/locales/${language}`, /\.json$/).flatMap(({ text }) => [...flatten(JSON.parse(text))]),
  );
  const own = textsOf(type, language);
  const text = (key: string, values: Record<string, unknown> = {}) => {
    const colon = key.indexOf(':');
    const name = key.slice(colon + 1);
    const from = key.slice(0, Math.max(colon, 0)).split('/').at(-1) ?? '';
    const found = (types.includes(from) ? textsOf(from, language) : colon < 0 ? own : shared).get(name);
    return found?.replace(/__(\w+)__/g, (_all, value: string) => String(values[value])) ?? name;
  };
  return { _: text } as unknown as NodeAPI;
}

const said = (type: string, message: string, cause = {}, language = 'en-US') =>
  inDialogWords(redOf(type, language), new AdapterError('INPUT_INVALID', message, cause)).message;

function shownBy(RED: NodeAPI, say: (show: ShowStatus) => void): unknown {
  const shown: unknown[] = [];
  const node = { status: (status: unknown) => shown.push(status) } as unknown as Node;
  say(statusOf(RED, node));
  return shown.at(-1);
}

describe('errors', () => {
  for (const type of types)
    for (const language of languages)
      it(`name each field as its dialog does: ${type} (${language})`, () => {
        const { definition, template } = formOf(type);
        const texts = textsOf(type, language);
        const labels = [...template.matchAll(/for="node-(?:config-)?input-(\w+)"[\s\S]*?data-i18n="label\.([\w.]+)"/g)];
        assert.ok(labels.length > 0);
        assert.deepEqual(
          labels.filter(([, field, label]) => field !== label).map(([, field, label]) => `${field}: ${label}`),
          [],
        );
        const fields = Object.keys(definition.defaults).filter(field => texts.has(`label.${field}`));
        assert.ok(fields.length > 0);
        for (const field of [...fields, ...Object.keys(definition.credentials ?? {})]) {
          const label = texts.get(`label.${field}`);
          assert.equal(said(type, `${field}: expected a text.`, {}, language), `${label}: expected a text.`);
        }
      });

  for (const [type, message, wanted] of [
    ['wap-event-poll', 'consumer: "a" reads the events already.', 'Reader: "a" reads the events already.'],
    ['wap-event-poll', 'Events: pageSize must be a whole number.', 'Page size must be a whole number.'],
    ['wap-event-poll', 'timeZone is a text that names no time zone.', 'Time zone is a text that names no time zone.'],
    ['wap-connection', 'token.stsUrl: an address is needed.', 'Token site: an address is needed.'],
    ['wap-connection', 'usage.password: a text is needed.', 'Usage password: a text is needed.'],
    ['wap-connection', 'token.kind: bearer is needed.', 'Get a token by: bearer is needed.'],
    ['wap-connection', 'It answered, but usageUrl has no list.', 'It answered, but “Usage API” has no list.'],
    ['wap-plan-configure', 'services[2].name: a text is needed.', 'Services, row 3, name: a text is needed.'],
    ['wap-plan-configure', 'quotas[2].Key: a text is needed.', 'Quotas[2].Key: a text is needed.'],
    ['wap-plan-configure', 'msg.wap.planId: planId of msg.planId', 'msg.wap.planId: “Id” of msg.planId'],
    ['billing-connection', 'templates.list.pageSize: 1.', 'Templates › List all offers › Offers on a full page: 1.'],
    ['billing-usage-meter', 'rules[0].factor: a decimal.', 'Rules, row 1, factor: a decimal.'],
    ['wap-usage-poll', 'usageUrl: it is not set in the connection.', 'Usage API: it is not set in the connection.'],
    ['billing-usage-send', 'It has none. Add templates.usage.', 'It has none. Add “Templates › Send usage”.'],
    ['wap-connection', 'A user is needed with usageUrl.', 'A user is needed with “Usage API”.'],
    ['mapping-store', 'Mapping: kind is a number: give a text.', 'Kind is a number: give a text.'],
    ['wap-ack', 'The run has ended: nothing is lost.', 'The run has ended: nothing is lost.'],
  ] as const)
    it(`say "${wanted}"`, () => {
      const subject = /^(?:[A-Z]\w+: )?([\w.[\]]+)/.exec(message)?.[1];
      assert.equal(said(type, message, { subject }), wanted);
    });

  it('leave the words of WAP and billing', () => {
    const error = new AdapterError('BILLING_INPUT', 'Billing said: planId is not known, price: none.');
    assert.equal(inDialogWords(redOf('wap-plan-publish', 'en-US'), error), error);
  });

  it('leave a word that begins a sentence', () =>
    assert.equal(said('wap-price-in', 'prefix is a word.', { subject: 'x' }), 'prefix is a word.'));

  it('name the fields that a workflow found changed', () => {
    const cause = { details: { changed: ['kind', 'planId'] } };
    assert.equal(
      said('wap-plan-publish', 'publish: kind, planId differ.', cause),
      'publish: “Plan or add-on”, “Id” differ.',
    );
  });

  it('keep the property for programs, end with what to do and lead to the page', () => {
    const error = new AdapterError('INPUT_CONFIG', 'consumer: "a" reads already.', { subject: 'consumer' });
    const { message, cause } = failureOf(redOf('wap-event-poll', 'en-US'), error);
    assert.equal(message, 'Reader: "a" reads already. Correct it in the dialog, then deploy.');
    assert.equal(cause.subject, 'consumer');
    assert.match(cause.help ?? '', /\/docs\/errors\.md#input_config$/);
  });
  it('say what to do once, in the language of the server', () => {
    const texts = redOf('wap-plan-get', 'es-ES');
    const advising = AdapterError.advising('WAP_CONFLICT', 'WAP has a plan Gold already: choose another.');
    const told = failureOf(texts, advising);
    assert.deepEqual([told.message, 'advises' in told.cause], [advising.message, false]);
    const plain = failureOf(texts, new AdapterError('WAP_NETWORK', 'WAP could not be reached'));
    assert.match(plain.message, /^WAP could not be reached\. Revise la dirección/);
    assert.equal(failureOf(texts, plain), plain);
  });

  for (const [code, cause, words] of [
    ['WAP_AUTH', { subject: 'token' }, 'token refused'],
    ['WAP_AUTH', { subject: 'plan Gold' }, 'WAP sign-in refused'],
    ['WAP_CONFLICT', { subject: 'plan Gold', httpStatus: 409 }, 'name taken'],
    ['WAP_CONFLICT', { subject: 'subscription 7', httpStatus: 409 }, 'exists in WAP'],
    ['WAP_NETWORK', {}, 'WAP not reachable'],
  ] as const)
    it(`are "${words}" in the status of ${code} about ${JSON.stringify(cause)}`, () => {
      const shown = shownBy(redOf('wap-plan-get', 'en-US'), show => {
        show('failed', { code: shortOf(new AdapterError(code, 'It failed.', cause)) });
      });
      assert.deepEqual(shown, { fill: 'red', shape: 'dot', text: words });
    });

  for (const language of languages)
    it(`have words for the status and a remedy for each code (${language})`, () => {
      const texts = redOf('wap-plan-get', language);
      const keys = Object.keys(errorCodes).flatMap(code => [`failed.${code}`, `remedy.${code}`]);
      assert.deepEqual(
        keys.filter(key => find(texts, key) === undefined),
        [],
      );
      const words = Object.keys(errorCodes).map(code => find(texts, `failed.${code}`) ?? '');
      assert.deepEqual(
        words.filter(text => text.length > 30),
        [],
      );
    });
});
