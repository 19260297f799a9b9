import { atMostEvery } from '../../lib/async/at-most-every';
import { systemClock } from '../../lib/async/clock';
import { priceMessage } from '../../lib/calls/asked-message';
import { planNames } from '../../lib/calls/plan-names';
import { readPrefix } from '../../lib/calls/prefix';
import { openPrices } from '../../lib/calls/prices';
import { defineNode } from '../../runtime/define-node';
import { asObject, asText, choice, given, list, number, text } from '../../runtime/inputs';

export = defineNode({
  type: 'wap-price-in',
  uses: { connection: 'wap-connection' },
  durable: false,
  secrets: ['password'],
  settings: {
    prefix: text().preset('${WAP_APPROVAL_PREFIX:-/wap}'),
    user: text().preset('${WAP_APPROVAL_USER:-wap}'),
    source: choice('flow', 'table').preset('flow'),
    table: list((row, field) => {
      const { plan, price } = asObject(row, field);
      return { plan: asText(plan, `${field}.plan`), price: asText(price, `${field}.price`) };
    }).preset('[]'),
    answerSeconds: number({ min: 0.1, max: 110, whole: false }).preset(10),
    form: choice('json', 'text').preset('json'),
  },
  inputs: {},
  outputs: ['plan', 'addon'],
  start: async ({ connection, settings, secret, serve, signal, send, fail, warn, status, say, owner }) => {
    const endpoint = readPrefix(settings.prefix);
    const handlers = openPrices({
      clock: systemClock,
      endpoint,
      owner,
      credentials: { user: settings.user, password: given(secret('password'), 'password', 'to know WAP') },
      source: settings.source,
      table: settings.table,
      nameOf: planNames(connection.admin, systemClock, fail),
      form: settings.form,
      deadlineMs: settings.answerSeconds * 1000,
      signal,
      ask: asked => send(asked.request.kind, { ...priceMessage(asked) }),
      late: atMostEvery(systemClock, 10_000, times => {
        warn(say('warning.late', { times }));
        status('alarm', { text: say('status.late') });
      }),
      refused: atMostEvery(systemClock, 60_000, times => {
        warn(say('warning.refused', { times }));
        status('alarm', { text: say('status.refused') });
      }),
      fail,
    });
    serve(endpoint, handlers);
    status('ready');
  },
  run: async () => null,
});
