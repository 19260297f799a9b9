import { performance } from 'node:perf_hooks';
import type { FlowNode } from '../test/harness/admin-api';
import { startNodeRed } from '../test/harness/node-red';
import type { Measured, UsageServer } from './usage-measure';

export type CoreWay = 'a message a record' | 'a function over the page';

/** The same pages read by core nodes of a real Node-RED, nothing kept anywhere: request, and a message a record (JSON,
 *  Split) or one function over the page. */
export async function readWithCoreNodes(server: UsageServer, records: number, way: CoreWay): Promise<Measured> {
  const nodeRed = await startNodeRed({ major: 4, flows: flowOf(server.url, way) });
  try {
    const begin = performance.now();
    const done = server.done();
    await nodeRed.inject('go');
    await done;
    const perSecond = records / ((performance.now() - begin) / 1000);
    return { perSecond, cpuMicroseconds: null, longestStop: null, usualStop: null };
  } finally {
    await nodeRed.stop();
  }
}

function flowOf(url: string, way: CoreWay): FlowNode[] {
  const common = { z: 'tab', x: 0, y: 0 };
  const request = { type: 'http request', method: 'use', senderr: false };
  const ask = `const from = flow.get('next') || 1; return { method: 'GET', url: '${url}/usage?startId=' + from + '&batchSize=5000' };`;
  const page =
    `if (msg.payload.length === 0) return [null, { method: 'GET', url: '${url}/done' }];` +
    `flow.set('next', msg.payload[msg.payload.length - 1].EventId + 1); delete msg.headers; return [msg, null];`;
  const perRecord = way === 'a message a record';
  const count = perRecord
    ? 'context.n = (context.n || 0) + 1; return msg.parts.index === msg.parts.count - 1 ? {} : null;'
    : 'let n = 0; for (const record of msg.payload) if (record.Resources) n++; return {};';
  const nodes = [
    { id: 'go', type: 'inject', props: [], repeat: '', once: false, wires: [['ask']] },
    { id: 'ask', type: 'function', func: ask, outputs: 1, wires: [['read']] },
    { id: 'read', ...request, ret: perRecord ? 'txt' : 'obj', wires: [[perRecord ? 'json' : 'page']] },
    { id: 'json', type: 'json', property: 'payload', action: '', pretty: false, wires: [['page']] },
    { id: 'page', type: 'function', func: page, outputs: 2, wires: [[perRecord ? 'split' : 'count'], ['done']] },
    {
      id: 'split',
      type: 'split',
      splt: '\\n',
      spltType: 'str',
      arraySplt: 1,
      arraySpltType: 'len',
      wires: [['count']],
    },
    { id: 'count', type: 'function', func: count, outputs: 1, wires: [['ask']] },
    { id: 'done', ...request, ret: 'txt', wires: [[]] },
  ];
  return [{ id: 'tab', type: 'tab', label: 'bench' }, ...nodes.map(node => ({ ...common, ...node }))];
}
