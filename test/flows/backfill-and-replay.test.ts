import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlowNode } from '../harness/admin-api';
import { example } from '../harness/examples';
import { onEachMajor } from '../harness/repository';
import { startWorld, type World } from '../harness/world';

const count = 6000;

/** A record as it came to the work in place of the counters. */
interface Line {
  id: number;
  replay: string;
  attempt: number;
}

/** The work that the example asks for behind its counters: a line a record in a file, then the acknowledgement. */
function intoFile(flows: FlowNode[], filename: string): FlowNode[] {
  const ack = flows.find(({ type }) => type === 'wap-ack')?.id ?? '';
  const counters = flows.filter(({ type }) => type === 'function');
  const z = counters[0]?.z ?? '';
  const func = `
    const line = record => [record.EventId, msg.delivery.replay || '', msg.delivery.attempt].join(',');
    return { ...msg, payload: msg.payload.map(line).join('\\n') };`;
  return [
    ...flows.map(node => (counters.includes(node) ? { ...node, wires: [['lines']] } : node)),
    { id: 'lines', type: 'function', z, x: 100, y: 800, func, outputs: 1, wires: [['file']] },
    {
      ...{ id: 'file', type: 'file', z, x: 300, y: 800, filename, filenameType: 'str', appendNewline: true },
      ...{ overwriteFile: 'false', createDir: false, encoding: 'none', wires: [[ack]] },
    },
  ];
}

onEachMajor('example: backfill and replay', major => {
  const folder = mkdtempSync(join(tmpdir(), 'wap-billing-backfill-'));
  const file = join(folder, 'records.csv');
  const { flows } = example('Backfill and replay');
  let world: World;

  before(async function () {
    this.timeout(120_000);
    world = await startWorld({ major, env: { WAP_POLL_SECONDS: '1' } });
    world.wap.seed({ usage: { count, hours: 60, seed: major } });
    const poll = flows.find(({ type }) => type === 'wap-usage-poll')?.id ?? '';
    const probes = world.probes(intoFile(flows, file)).watch('answers', poll, 1).watch('alarms', poll, 2);
    for (const { id } of flows.filter(({ type }) => type === 'tab')) probes.catches('caught', id);
    await world.deploy(probes.statuses('status', poll).done());
  });
  after(async () => {
    await world.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const press = (button: string) =>
    world.nodeRed.inject(flows.find(({ type, name }) => type === 'inject' && name === button)?.id ?? '');
  /** Presses a button and gives what the poll node answers under this topic. */
  const ask = async (button: string, topic: string) => {
    const answers = () => world.messages('answers').filter(each => each.topic === topic);
    const before = answers().length;
    await press(button);
    return (await world.until(`the answer ${topic}`, () => answers()[before])).payload as Record<string, unknown>;
  };
  const ended = (replay: string) =>
    world.until(`the end of ${replay}`, () =>
      world
        .messages('answers')
        .filter(({ topic }) => topic === 'replayed')
        .map(({ payload }) => payload as Record<string, unknown>)
        .find(payload => payload.replay === replay),
    );
  const lines = (replay = ''): Line[] => {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const all = text
      .split('\n')
      .slice(0, -1)
      .map(line => line.split(','));
    return all
      .map(([id, name = '', attempt]) => ({ id: Number(id), replay: name, attempt: Number(attempt) }))
      .filter(line => line.replay === replay);
  };
  const idsIn = (replay = '') => new Set(lines(replay).map(({ id }) => id));
  const wanted = (fromId = 0, toId = Number.MAX_SAFE_INTEGER) =>
    [...world.wap.expectedUsage({ withoutDuplicates: true, fromId, toId })].map(({ EventId }) => EventId);
  /** What came twice was marked as a repeat. */
  const unmarked = (replay = '') => {
    const first = lines(replay).filter(({ attempt }) => attempt === 1);
    return first.length - new Set(first.map(({ id }) => id)).size;
  };
  const killWhen = async (what: string, isSo: () => boolean) => {
    await world.until(what, isSo, 60_000);
    await world.nodeRed.kill9();
    await world.nodeRed.start();
  };

  it('reads all that WAP has, none lost and none twice, through a kill', async function () {
    this.timeout(120_000);
    await killWhen('some records', () => lines().length >= 1000);
    await world.until('all records', () => idsIn().size === wanted().length, 60_000);
    assert.deepEqual(
      [...idsIn()].sort((a, b) => a - b),
      wanted(),
    );
    assert.equal(unmarked(), 0);
    await world.until('everything is acknowledged', async () => {
      const { feeds, waiting, unacknowledged } = await ask('how does it stand?', 'status');
      const [{ fetched, delivered } = assert.fail()] = feeds as Array<{ fetched: number; delivered: number }>;
      return waiting === 0 && unacknowledged === 0 && fetched === delivered;
    });
    assert.deepEqual(
      [world.messages('caught'), [...new Set(world.messages('alarms').map(({ topic }) => topic))]],
      [[], ['duplicate']],
    );
  });

  it('sends nothing while it is paused, and what came meanwhile afterwards', async function () {
    this.timeout(60_000);
    await press('pause');
    await world.until('it is paused', async () => (await ask('how does it stand?', 'status')).paused === true);
    const EventId = (wanted().at(-1) ?? 0) + 1;
    world.wap.seed({
      usage: [{ EventId, ExternalRecordId: 'x', SubscriptionId: 's1', Resources: { DatabaseCount: '1' } }],
    });
    await press('read now');
    await world.until('it is read', async () => (await ask('how does it stand?', 'status')).waiting === 1);
    assert.equal(idsIn().has(EventId), false);
    await press('go on');
    await world.until('the new record', () => idsIn().has(EventId));
  });

  it('replays a range of ids beside it, each record once', async function () {
    this.timeout(60_000);
    const before = await ask('how does it stand?', 'status');
    const { replay, fromId, toId } = await ask('replay records 1 to 500', 'replay');
    assert.deepEqual([fromId, toId], [1, 500]);
    const { waiting, dead } = await ended(String(replay));
    assert.deepEqual([waiting, dead], [0, 0]);
    assert.deepEqual(
      lines(String(replay)).map(({ id }) => id),
      wanted(1, 500),
    );
    assert.deepEqual((await ask('how does it stand?', 'status')).feeds, before.feeds);
  });
});
