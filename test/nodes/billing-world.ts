/** What the tests of the billing nodes share: connections that work or fail, and the cases every node has to bear. */
import assert from 'node:assert/strict';
import type { FlowNode } from '../harness/admin-api';
import { type Bench, failedText, nodesOf, type Properties } from './bench';

/** Every setting is as short as it can be, so that a failing call fails at once. */
const short = { attemptSeconds: '1', totalSeconds: '2', retries: '0', tokenEnv: 'BILLING_TOKEN', templates: '{}' };

const connection = (id: string, properties: Properties = {}): FlowNode => ({
  ...{ id, type: 'billing-connection', name: '', provider: 'rest', baseUrl: '${BILLING_URL}', auth: 'bearer' },
  ...short,
  ...properties,
});

/** `ok` works; each of the others fails in its own way. */
export const connections: FlowNode[] = [
  connection('ok'),
  connection('refused', { tokenEnv: 'WRONG_TOKEN' }),
  connection('nobody', { baseUrl: 'http://127.0.0.1:9' }),
  connection('unset', { tokenEnv: 'NO_SUCH_VARIABLE' }),
  connection('broken', { templates: JSON.stringify({ answer: '{ "key": ' }) }),
];

/** How a call that a working connection makes can fail: what to switch on, and the code that Catch gets. */
const failures = [
  { title: 'billing refuses the credentials', billing: 'refused', code: 'BILLING_AUTH' },
  { title: 'nobody listens at the address', billing: 'nobody', code: 'BILLING_NETWORK' },
  { title: 'the variable with the token is not set', billing: 'unset', code: 'INPUT_MISSING' },
  { title: 'a template does not compile', billing: 'broken', code: 'BILLING_TEMPLATE' },
  { title: 'billing fails', billing: 'ok', fault: { kind: 'status', status: 503 }, code: 'BILLING_SERVER' },
  { title: 'billing refuses the values', billing: 'ok', fault: { kind: 'status', status: 400 }, code: 'BILLING_INPUT' },
  { title: 'billing asks to slow down', billing: 'ok', fault: { kind: 'rate' }, code: 'BILLING_RATE' },
  { title: 'billing does not answer in time', billing: 'ok', fault: { kind: 'hold' }, code: 'BILLING_TIMEOUT' },
  { title: 'billing hangs up', billing: 'ok', fault: { kind: 'reset-before' }, code: 'BILLING_NETWORK' },
  { title: 'billing cuts its answer short', billing: 'ok', fault: { kind: 'cut-json' }, code: 'BILLING_BAD_RESPONSE' },
  {
    title: 'a proxy answers with a page',
    billing: 'ok',
    fault: { kind: 'html', status: 200 },
    code: 'BILLING_BAD_RESPONSE',
  },
] as const;

const idOf = (title: string): string => title.replaceAll(' ', '-');

/** One node for every way to fail. */
export const failingNodes = (type: string, outputs = 1, properties: Properties = {}): FlowNode[] =>
  nodesOf(type, Object.fromEntries(failures.map(({ title, billing }) => [idOf(title), { billing }])), {
    ...properties,
    outputs,
  });

/** Every way to fail, as tests: once to Catch with its code, and nowhere else. `message` would succeed otherwise. */
export function failsClearly(bench: () => Bench, message: Properties, unharmed?: () => void): void {
  for (const { title, code, ...how } of failures) {
    it(`gives Catch ${code} once, and nothing else, when ${title}`, async () => {
      const { world } = bench();
      const everywhere = { path: /^\/offers/, times: Number.POSITIVE_INFINITY };
      if ('fault' in how) world.billing.faults.add({ ...how.fault, ...everywhere });
      const error = await bench().error(idOf(title), message);
      assert.deepEqual([error.code, typeof error.cause.retryable], [code, 'boolean']);
      assert.deepEqual(await bench().tally(idOf(title)), { complete: 0, error: 1, sent: 0 });
      assert.equal(bench().status(idOf(title)), failedText(code));
      unharmed?.();
    });
  }
}
