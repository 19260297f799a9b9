/** What durability costs: the same ten nodes inside a workflow run and outside one, in a real Node-RED, and how often a
 *  step waits for the disk.
 *    node --require tsx/cjs bench/workflow.ts [--messages 200] [--rounds 5] [--major 4] */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { FlowNode } from '../test/harness/admin-api';
import type { Major } from '../test/harness/repository';
import { startWorld, type World } from '../test/harness/world';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '5' },
    major: { type: 'string', default: '4' },
  },
});
const messages = Number(values.messages);
const rounds = Number(values.rounds);
const major: Major = values.major === '5' ? 5 : 4;
const steps = 10;

/** A look into the mapping: of all nodes the one with the least work of its own, so that what is added shows most. */
function look(id: string, next: string): FlowNode {
  return {
    ...{ id, type: 'mapping-store', z: 'tab', name: id, x: 100, y: 100, wires: [[], [next]] },
    ...{ connection: 'wap', billing: 'billing', state: 'state', operation: 'get', lookUpBy: 'wapId' },
    ...{ mappingKind: 'plan', mappingKindType: 'str', wapId: 'topic', wapIdType: 'msg' },
  };
}

function chain(name: string, last: string): FlowNode[] {
  return Array.from({ length: steps }, (_, index) =>
    look(`${name}${index}`, index === steps - 1 ? last : `${name}${index + 1}`),
  );
}

const place = { z: 'tab', name: '', x: 100, y: 100 };
const every = `for (let n = 0; n < ${messages}; n += 1) node.send({ topic: msg.round + ' ' + n, round: msg.round });`;
const count = `const n = (flow.get('n') || 0) + 1; flow.set('n', n < ${messages} ? n : 0); return n < ${messages} ? null : { topic: 'over' };`;
const flows: FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'bench' },
  {
    ...{
      id: 'wap',
      type: 'wap-connection',
      name: '',
      installation: 'bench-wap',
      adminUrl: '${WAP_ADMIN_URL}',
      usageUrl: '',
    },
    ...{ principal: 'bench', tokenKind: '${WAP_STS_KIND}', stsUrl: '${WAP_STS_URL}', user: '${WAP_USER}' },
    passwordEnv: 'WAP_PASSWORD',
  },
  {
    ...{ id: 'billing', type: 'billing-connection', name: '', provider: 'rest', baseUrl: '${BILLING_URL}' },
    ...{ target: 'bench-billing', auth: 'bearer', tokenEnv: 'BILLING_TOKEN', templates: '{}' },
  },
  { id: 'state', type: 'billing-state', name: '', address: 'bench.sqlite' },
  { id: 'plain', type: 'function', ...place, func: every, outputs: 1, wires: [['plain0']] },
  ...chain('plain', 'over'),
  { id: 'durable', type: 'function', ...place, func: every, outputs: 1, wires: [['start']] },
  {
    ...{ id: 'start', type: 'wap-workflow-start', ...place, state: 'state', workflowName: 'bench', runKey: 'topic' },
    ...{ runKeyType: 'msg', wires: [['durable0'], [], []] },
  },
  ...chain('durable', 'end'),
  { id: 'end', type: 'wap-workflow-end', ...place, endState: 'completed', wires: [['over']] },
  { id: 'over', type: 'function', ...place, func: count, outputs: 1, wires: [[]] },
];

async function bench(): Promise<void> {
  const world = await startWorld({ major });
  try {
    const probes = world.probes(flows).drive('plain', 'plain').drive('durable', 'durable').watch('over', 'over');
    await world.deploy(probes.done());
    await rate(world, 'plain', 0); // warm
    await rate(world, 'durable', 0);
    const plain: number[] = [];
    const durable: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      plain.push(await rate(world, 'plain', round));
      durable.push(await rate(world, 'durable', round));
    }
    const [cpu] = cpus();
    console.log(`${cpus().length} × ${cpu?.model}, Node.js ${process.version}, Node-RED ${world.nodeRed.version}`);
    console.log(`${messages} messages at once through ${steps} nodes, ${rounds} rounds: steps per second`);
    console.log(`  plain nodes:     ${spread(plain)}`);
    console.log(`  inside a run:    ${spread(durable)}`);
    console.log(`  ratio (medians): ${(median(plain) / median(durable)).toFixed(1)}`);
  } finally {
    await world.stop();
  }
  const hasStrace = spawnSync('strace', ['-V']).status === 0;
  console.log(hasStrace ? syncs() : 'syncs of the disk: not counted, strace is not here');
}

async function rate(world: World, way: string, round: number): Promise<number> {
  const seen = world.messages('over').length;
  const began = process.hrtime.bigint();
  await world.inject(way, { round: `${way} ${round}` });
  await world.message('over', seen + 1, 120_000);
  return (messages * steps * 1e9) / Number(process.hrtime.bigint() - began);
}

const sorted = (numbers: number[]) => [...numbers].sort((a, b) => a - b);
const median = (numbers: number[]) => sorted(numbers)[Math.floor(numbers.length / 2)] ?? 0;

function spread(numbers: number[]): string {
  const all = sorted(numbers).map(Math.round);
  return `${Math.round(median(numbers))} (${all[0]} to ${all.at(-1)})`;
}

/** Syncs of the disk that the system sees, by strace; without it nothing is said. */
function syncs(): string {
  const rows = [1, 100].flatMap(runs =>
    ['effect', 'none'].map(effect => {
      const many = 2_000 / runs;
      const more = counted(many + 20, runs, effect) - counted(20, runs, effect);
      return `  ${runs} at once, ${effect === 'effect' ? 'steps that call somebody' : 'steps without an effect'}: ${(more / (many * runs)).toFixed(3)}`;
    }),
  );
  return ['syncs of the disk a step, checkpoints included', ...rows].join('\n');
}

function counted(steps: number, runs: number, effect: string): number {
  const report = join(tmpdir(), `wap-billing-syncs-${process.pid}`);
  const command = [process.execPath, '--require', 'tsx/cjs', join(__dirname, 'workflow-steps.ts')];
  const strace = ['-f', '-c', '-e', 'trace=fsync,fdatasync', '-o', report];
  execFileSync('strace', [...strace, ...command, String(steps), String(runs), effect], { stdio: 'inherit' });
  const lines = readFileSync(report, 'utf8').split('\n');
  const counts = lines.flatMap(line => (/f(data)?sync$/.test(line) ? [Number(line.trim().split(/\s+/)[3])] : []));
  return counts.reduce((a, b) => a + b, 0);
}

bench().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
