/** Approvals that nobody answers, whose deadlines all pass at once: `npx tsx bench/deadlines.ts [4|5] [requests] [rounds]`. Node-RED
 *  stands still while the deadlines pass, so that all of them are due in one moment; what it needs for them is its own time. */
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import type { FlowNode } from '../test/harness/admin-api';
import { startNodeRed } from '../test/harness/node-red';
import { claimPort } from '../test/harness/ports';
import { until } from '../test/harness/until';
import { asked, basic, password, served } from '../test/nodes/calls-world';
import { state } from '../test/nodes/state-world';
import type { Figures } from './usage-probe.cjs';

const decisionSeconds = 8;

const flows: FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'bench' },
  state('state'),
  {
    ...{ id: 'in', type: 'wap-approval-in', z: 'tab', name: '', x: 100, y: 100, wires: [[], [], []] },
    ...{ state: 'state', prefix: '/ours', passwordEnv: 'WAP_APPROVAL_PASSWORD', decisionSeconds },
  },
];

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

/** One approval; resolves with the status that WAP gets. */
function approve(url: string, agent: Agent, eventId: number): Promise<number> {
  const body = JSON.stringify(asked(eventId));
  return new Promise((resolve, reject) => {
    const headers = { authorization: basic(), 'content-type': 'application/json', 'content-length': body.length };
    const made = request(url, { method: 'POST', agent, headers }, response => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    made.on('error', reject);
    made.end(body);
  });
}

async function main(): Promise<void> {
  const major = process.argv[2] === '5' ? 5 : 4;
  const requests = Number(process.argv[3] ?? 1000);
  const rounds = Number(process.argv[4] ?? 5);
  const probe = await claimPort();
  const env = {
    ...{ WAP_APPROVAL_PASSWORD: password, BILLING_STATE: 'wap-billing.sqlite' },
    ...{ NODE_OPTIONS: `--require ${join(__dirname, 'usage-probe.cjs')}`, USAGE_PROBE_PORT: String(probe) },
  };
  const nodeRed = await startNodeRed({ major, flows, env });
  const agent = new Agent({ maxSockets: requests });
  try {
    const url = `${nodeRed.url}/ours/subscriptions`;
    await served(url);
    for (let round = 0; round < rounds; round += 1) {
      let sent = 0;
      const answers = Array.from({ length: requests }, async (_none, index) => {
        const answer = approve(url, agent, round * requests + index + 1);
        sent += 1;
        return answer;
      });
      await until('all are sent', async () => sent === requests);
      await pause((decisionSeconds / 2) * 1000);
      const { pid } = (await (await fetch(`http://127.0.0.1:${probe}/begin`)).json()) as { pid: number };
      process.kill(pid, 'SIGSTOP');
      await pause(decisionSeconds * 1000);
      process.kill(pid, 'SIGCONT');
      const statuses = new Set(await Promise.all(answers));
      const { longestOwn, ownStops } = (await (await fetch(`http://127.0.0.1:${probe}/end`)).json()) as Figures;
      console.log(
        `Node-RED ${major}, ${requests} at once, answered ${[...statuses].join(', ')}: longest stop of its own ` +
          `${longestOwn.toFixed(0)} ms, over 50 ms: ${ownStops}`,
      );
    }
  } finally {
    agent.destroy();
    await nodeRed.stop();
  }
}

void main();
