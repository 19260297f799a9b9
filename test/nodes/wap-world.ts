/** What the tests of the WAP nodes share: connections that work or fail, and the cases every node has to bear. */
import assert from 'node:assert/strict';
import type { FaultRule } from '../../simulator/fault';
import type { FlowNode } from '../harness/admin-api';
import type { InProcess } from '../harness/in-process';
import { startInProcessWorld, startWorld, type World, type WorldOptions } from '../harness/world';
import { type Bench, failedText, nodesOf, type Properties } from './bench';

const connection = (id: string, properties: Properties = {}): FlowNode => ({
  ...{ id, type: 'wap-connection', name: '', adminUrl: '${WAP_ADMIN_URL}', usageUrl: '', principal: 'tests' },
  ...{ tokenKind: '${WAP_STS_KIND}', stsUrl: '${WAP_STS_URL}', user: '${WAP_USER}', passwordEnv: 'WAP_PASSWORD' },
  realm: 'http://azureservices/AdminSite',
  // Every limit is as short as it can be, so that a failing call fails at once.
  ...{ attemptSeconds: '1', totalSeconds: '2', retries: '0' },
  ...properties,
});

/** `ok` works; each of the others fails in its own way. */
export const connections: FlowNode[] = [
  connection('ok'),
  connection('refused', { passwordEnv: 'WRONG_PASSWORD' }),
  connection('nobody', { adminUrl: 'http://127.0.0.1:9' }),
  connection('unset', { passwordEnv: 'NO_SUCH_VARIABLE' }),
];

interface Failure {
  title: string;
  connection?: string;
  fault?: Partial<FaultRule> & Pick<FaultRule, 'kind'>;
  code: string;
  /** What the status says, where it is finer than the code. */
  status?: string;
}

/** How a call that a working connection makes can fail: what to switch on, and the code that Catch gets. */
const failures: Failure[] = [
  { title: 'the token site refuses the password', connection: 'refused', code: 'WAP_AUTH', status: 'token refused' },
  { title: 'nobody listens at the address', connection: 'nobody', code: 'WAP_NETWORK' },
  { title: 'the variable with the password is not set', connection: 'unset', code: 'INPUT_MISSING' },
  { title: 'no configuration node is chosen', connection: '', code: 'INPUT_CONFIG' },
  { title: 'WAP refuses every token', fault: { kind: 'status', status: 401 }, code: 'WAP_AUTH' },
  { title: 'the account may not do this', fault: { kind: 'status', status: 403 }, code: 'WAP_FORBIDDEN' },
  { title: 'WAP refuses the values', fault: { kind: 'status', status: 400 }, code: 'WAP_INPUT' },
  { title: 'WAP fails', fault: { kind: 'status', status: 500 }, code: 'WAP_SERVER' },
  { title: 'WAP asks to slow down', fault: { kind: 'rate' }, code: 'WAP_RATE' },
  { title: 'WAP does not answer in time', fault: { kind: 'hold-before' }, code: 'WAP_TIMEOUT' },
  { title: 'WAP hangs up', fault: { kind: 'reset-before' }, code: 'WAP_NETWORK' },
  { title: 'the answer is cut short', fault: { kind: 'cut-json' }, code: 'WAP_BAD_RESPONSE' },
  { title: 'a proxy answers with a page', fault: { kind: 'html', status: 200 }, code: 'WAP_BAD_RESPONSE' },
];

const idOf = (title: string): string => title.replaceAll(' ', '-');

/** One node for every way to fail. */
export const failingNodes = (type: string, outputs = 1, properties: Properties = {}): FlowNode[] =>
  nodesOf(type, Object.fromEntries(failures.map(({ title, connection = 'ok' }) => [idOf(title), { connection }])), {
    ...properties,
    outputs,
  });

/** Every way to fail, as tests: once to Catch with its code, and nowhere else. `message` would succeed otherwise. */
export function failsClearly(bench: () => Bench, message: () => Properties): void {
  for (const { title, code, fault, status = failedText(code) } of failures) {
    it(`gives Catch ${code} once, and nothing else, when ${title}`, async () => {
      const { world } = bench();
      const id = idOf(title);
      const sent = message();
      const before = JSON.stringify(world.wap.state);
      if (fault) world.wap.faults.add({ ...fault, server: 'admin', path: /^\//, times: Number.POSITIVE_INFINITY });
      const error = await bench().error(id, sent);
      assert.deepEqual([error.code, typeof error.cause.retryable], [code, 'boolean'], error.message);
      assert.deepEqual(await bench().tally(id), { complete: 0, error: 1, sent: 0 });
      assert.equal(bench().status(id), status);
      assert.ok(JSON.stringify(world.wap.state) === before, 'WAP is no longer as it was');
    });
  }
}

/** A deploy while WAP holds the answer at `path`: no result, no failure, and the next message works. */
export function bearsDeploy(bench: () => Bench, id: string, path: string | RegExp, message: () => Properties): void {
  it('is interrupted by a deploy without a result, and works afterwards', async () => {
    const { world } = bench();
    const sent = message();
    const before = await bench().tally(id);
    const held = world.wap.faults.add({ kind: 'hold', server: 'admin', path });
    await world.inject(id, sent);
    await held.untilHit();
    const from = world.nodeRed.logs.length;
    await bench().deploy();
    await world.nodeRed.waitLog(/Interrupted by a deploy/, from);
    assert.deepEqual(await bench().tally(id), before);
    world.wap.faults.clear();
    await bench().answer(id, sent);
  });
}

/** A world whose WAP is quick. */
export const startWapWorld = (options: WorldOptions): Promise<World> => startWorld(quick(options));
export const startInProcessWapWorld = (options: WorldOptions): Promise<World<InProcess>> =>
  startInProcessWorld(quick(options));

const quick = (options: WorldOptions): WorldOptions => ({
  ...options,
  env: { WRONG_PASSWORD: 'wrong', ...options.env },
  wap: { quotaSyncMs: 0, ...options.wap },
});
