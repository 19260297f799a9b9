/** Approvals through a flow, against the plain alternative without any of the checks: `http in`, a function, `http response`.
 *  `npx tsx bench/approvals.ts [4|5]`. Prints requests a second and the 99th percentile for both, in turns. */
import { Agent, request } from 'node:http';
import type { FlowNode } from '../test/harness/admin-api';
import { type NodeRed, startNodeRed } from '../test/harness/node-red';
import { asked, basic, password, served } from '../test/nodes/calls-world';
import { state } from '../test/nodes/state-world';

const rounds = 7;
const perRound = 3000;
const atOnce = 32;

const node = (id: string, type: string, wires: string[][], properties: object): FlowNode => ({
  ...{ id, type, z: 'tab', name: '', x: 100, y: 100, wires },
  ...properties,
});

const flows: FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'bench' },
  state('state'),
  node('in', 'wap-approval-in', [['check'], [], []], {
    state: 'state',
    prefix: '/ours',
    passwordEnv: 'WAP_APPROVAL_PASSWORD',
  }),
  node('check', 'function', [['answer']], { func: 'msg.reason = "fine"; return msg;', outputs: 1 }),
  node('answer', 'wap-response', [[]], { answer: 'approve' }),
  node('plain-in', 'http in', [['plain-check']], { url: '/plain/subscriptions', method: 'post' }),
  node('plain-check', 'function', [['plain-out']], { func: 'msg.payload = ""; return msg;', outputs: 1 }),
  node('plain-out', 'http response', [], { statusCode: '204' }),
];

interface Round {
  perSecond: number;
  p99Ms: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
let eventId = 1;

function approve(url: string): Promise<number> {
  const body = JSON.stringify(asked(eventId++));
  const began = process.hrtime.bigint();
  return new Promise((resolve, reject) => {
    const headers = { authorization: basic(), 'content-type': 'application/json', 'content-length': body.length };
    const made = request(url, { method: 'POST', agent, headers }, response => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 204) resolve(Number(process.hrtime.bigint() - began) / 1e6);
        else reject(new Error(`${url} answered ${response.statusCode}`));
      });
    });
    made.on('error', reject);
    made.end(body);
  });
}

async function round(url: string, count: number, lanes: number): Promise<Round> {
  const times: number[] = [];
  let left = count;
  const began = process.hrtime.bigint();
  const lane = async () => {
    while (left-- > 0) times.push(await approve(url));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const sorted = times.sort((a, b) => a - b);
  return { perSecond: times.length / seconds, p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0 };
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function measure(nodeRed: NodeRed, lanes: number): Promise<void> {
  const paths = { plain: '/plain/subscriptions', ours: '/ours/subscriptions' };
  const results: Record<string, Round[]> = { plain: [], ours: [] };
  for (let turn = 0; turn <= rounds; turn += 1) {
    for (const [name, path] of Object.entries(paths)) {
      const done = await round(nodeRed.url + path, lanes === 1 ? perRound / 4 : perRound, lanes);
      if (turn > 0) results[name]?.push(done); // the first warms up
    }
  }
  const of = (name: string) => ({
    perSecond: median((results[name] ?? []).map(each => each.perSecond)),
    p99Ms: median((results[name] ?? []).map(each => each.p99Ms)),
  });
  const [plain, ours] = [of('plain'), of('ours')];
  const show = ({ perSecond, p99Ms }: Round) => `${perSecond.toFixed(0)} a second, p99 ${p99Ms.toFixed(1)} ms`;
  console.log(
    `${lanes} at once: plain ${show(plain)}; ours ${show(ours)}; ratio ${(ours.perSecond / plain.perSecond).toFixed(2)}`,
  );
}

async function main(): Promise<void> {
  const major = process.argv[2] === '5' ? 5 : 4;
  const env = { WAP_APPROVAL_PASSWORD: password, BILLING_STATE: 'wap-billing.sqlite' };
  const nodeRed = await startNodeRed({ major, flows, env });
  try {
    await served(`${nodeRed.url}/ours/subscriptions`);
    console.log(`Node-RED ${major}, Node.js ${process.version}`);
    for (const lanes of [1, 8, atOnce]) await measure(nodeRed, lanes);
  } finally {
    agent.destroy();
    await nodeRed.stop();
  }
}

void main();
