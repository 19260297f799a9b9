import type { FlowNode } from '../test/harness/admin-api';

export type CoreWay = 'a message a record' | 'a function over the page';

const tab: FlowNode = { id: 'tab', type: 'tab', label: 'bench' };
const common = { z: 'tab', name: '', x: 0, y: 0 };
const request = { type: 'http request', method: 'use', senderr: false };
const go = { id: 'go', type: 'inject', props: [], repeat: '', once: false };
const done = { id: 'done', ...request, ret: 'txt', wires: [[]] };

const flow = (nodes: FlowNode[]): FlowNode[] => [tab, ...nodes.map(node => ({ ...common, ...node }))];

/** Pages read by core nodes, nothing kept anywhere: request, and a message a record (JSON, Split) or one function over the
 *  page. */
export function coreFlow(url: string, way: CoreWay, pageSize: number): FlowNode[] {
  const perRecord = way === 'a message a record';
  const ask = `const from = flow.get('next') || 1; return { method: 'GET', url: '${url}/usage?startId=' + from + '&batchSize=${pageSize}' };`;
  const page =
    `if (msg.payload.length === 0) { flow.set('next', 1); return [null, { method: 'GET', url: '${url}/done' }]; }` +
    `flow.set('next', msg.payload[msg.payload.length - 1].EventId + 1); delete msg.headers; return [msg, null];`;
  const count = perRecord
    ? 'context.n = (context.n || 0) + 1; return msg.parts.index === msg.parts.count - 1 ? {} : null;'
    : 'let n = 0; for (const record of msg.payload) if (record.Resources) n++; return {};';
  const split = { type: 'split', splt: '\\n', spltType: 'str', arraySplt: 1, arraySpltType: 'len' };
  return flow([
    { ...go, wires: [['ask']] },
    { id: 'ask', type: 'function', func: ask, outputs: 1, wires: [['read']] },
    { id: 'read', ...request, ret: perRecord ? 'txt' : 'obj', wires: [[perRecord ? 'json' : 'page']] },
    { id: 'json', type: 'json', property: 'payload', action: '', pretty: false, wires: [['page']] },
    { id: 'page', type: 'function', func: page, outputs: 2, wires: [[perRecord ? 'split' : 'count'], ['done']] },
    { id: 'split', ...split, wires: [['count']] },
    { id: 'count', type: 'function', func: count, outputs: 1, wires: [['ask']] },
    done,
  ]);
}

export interface OurWay {
  /** Under which name the records are read; each reader begins from nothing. */
  consumer: string;
  /** What follows the poll node: an acknowledgement, or meter and sending. */
  work: 'acknowledge' | 'bill';
  isSingle: boolean;
}

/** The nodes of this package with the settings that ship, but for the size of a batch. */
export function ourFlow(url: string, { consumer, work, isSingle }: OurWay, pageSize: number): FlowNode[] {
  const configuration = { connection: 'wap', billing: 'billing', state: 'state' };
  const next = work === 'bill' ? 'meter' : 'ack';
  const emit = isSingle ? { emit: 'record' } : { emit: 'batch', batchSize: String(pageSize) };
  const poll = {
    schedule: 'input',
    consumer,
    pageSize: String(pageSize),
    control: 'control',
    controlType: 'msg',
    ...emit,
  };
  const tell = `const { payload } = msg; return { method: 'GET', url: '${url}/done?' + (payload.feeds ? payload.feeds[0].delivered : msg.topic) };`;
  return [
    {
      ...{ id: 'wap', type: 'wap-connection', name: '', installation: 'bench', principal: 'bench', adminUrl: url },
      ...{ usageUrl: url, tokenKind: 'bearer', tokenEnv: 'BILLING_TOKEN', usageUser: 'bench' },
      usagePasswordEnv: 'BILLING_TOKEN',
    },
    {
      ...{ id: 'billing', type: 'billing-connection', name: '', provider: 'rest', target: 'bench' },
      ...{ baseUrl: '${BILLING_URL}', auth: 'bearer', tokenEnv: 'BILLING_TOKEN', templates: '{}' },
    },
    { id: 'state', type: 'billing-state', name: '', address: '${BILLING_STATE}' },
    ...flow([
      { ...go, wires: [['begin']] },
      { id: 'begin', type: 'function', func: "return { control: 'poll' };", outputs: 1, wires: [['poll']] },
      { id: 'poll', type: 'wap-usage-poll', ...configuration, ...poll, wires: [[next], ['tell'], ['tell']] },
      { id: 'ack', type: 'wap-ack', ...configuration, outcome: 'delivered', outcomeType: 'str', wires: [[]] },
      { id: 'meter', type: 'billing-usage-meter', ...configuration, wires: [['send'], ['tell'], ['tell']] },
      { id: 'send', type: 'billing-usage-send', ...configuration, wires: [[], ['tell'], ['tell']] },
      { id: 'tell', type: 'function', func: tell, outputs: 1, wires: [['done']] },
      { id: 'caught', type: 'catch', scope: null, uncaught: false, wires: [['why']] },
      { id: 'why', type: 'function', func: 'node.warn(msg.error.message);', outputs: 1, wires: [[]] },
      done,
    ]),
  ];
}
