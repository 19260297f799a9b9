/** The shipped example that brings usage to billing, with nodes between that take its batches apart. */
import type { FlowNode } from '../../harness/admin-api';

const place = { name: '', x: 100, y: 100 };

/** What stands between two nodes of the example: the ids by their types, and how to put something in between. */
function workbench(example: FlowNode[]) {
  const find = (type: string) => example.find(node => node.type === type) ?? { id: '', type };
  const [poll, meter, send] = [find('wap-usage-poll'), find('billing-usage-meter'), find('billing-usage-send')];
  const z = String(poll.z);
  const wired = (node: FlowNode, to: string): FlowNode => {
    const [, ...others] = (node.wires as string[][]) ?? [];
    return { ...node, wires: [[to], ...others] };
  };
  const with_ = (changed: FlowNode[], added: FlowNode[]) => [
    ...example.map(node => changed.find(({ id }) => id === node.id) ?? node),
    ...added.map(node => ({ ...place, z, ...node })),
  ];
  return { poll, meter, send, wired, with_ };
}

const split = (id: string, size: number, to: string): FlowNode => ({
  ...{ id, type: 'split', splt: '\\n', spltType: 'str', arraySplt: size, arraySpltType: 'len', stream: false },
  ...{ addname: '', property: 'payload', wires: [[to]] },
});

const byMeter = `
const sorted = [[], []];
for (const one of [msg.payload].flat()) sorted[one.meter.length % 2].push(one);
return sorted.map(payload => payload.length > 0 ? { ...msg, payload } : null);`;

/** Records apart, quantities apart, by meter to two nodes, one of them behind a rate limit. */
export function takenApart(example: FlowNode[]): FlowNode[] {
  const { poll, meter, send, wired, with_ } = workbench(example);
  return with_(
    [wired(poll, 'records apart'), wired(meter, 'quantities apart')],
    [
      split('records apart', 200, meter.id),
      split('quantities apart', 20, 'route'),
      { id: 'route', type: 'function', func: byMeter, outputs: 2, wires: [[send.id], ['slow']] },
      {
        ...{ id: 'slow', type: 'delay', pauseType: 'rate', timeout: '1', timeoutUnits: 'seconds', rate: '50' },
        ...{ nbRateUnits: '1', rateUnits: 'second', drop: false, outputs: 1, wires: [['other send']] },
      },
      { ...send, id: 'other send', wires: [[], [], []] },
    ],
  );
}

/** Of each message something is dropped when it comes for the first time. */
const dropsAtFirst = `
if (msg.delivery.attempt === 1) msg.payload = msg.payload.filter((_one, index) => index % 3 > 0);
return msg;`;

/** Quantities apart, some of them dropped, the rest put together from several batches, behind a link. */
export function putTogether(example: FlowNode[]): FlowNode[] {
  const { poll, meter, send, wired, with_ } = workbench(example);
  return with_(
    [wired({ ...poll, redeliverMinutes: '0.1' }, meter.id), wired(meter, 'quantities apart')],
    [
      split('quantities apart', 50, 'filter'),
      { id: 'filter', type: 'function', func: dropsAtFirst, outputs: 1, wires: [['together']] },
      {
        ...{ id: 'together', type: 'join', mode: 'custom', build: 'array', property: 'payload', propertyType: 'msg' },
        ...{ joiner: '\\n', joinerType: 'str', count: '7', timeout: '0.5', accumulate: false, wires: [['flat']] },
      },
      {
        id: 'flat',
        type: 'function',
        func: 'msg.payload = msg.payload.flat(); return msg;',
        outputs: 1,
        wires: [['out']],
      },
      { id: 'out', type: 'link out', mode: 'link', links: ['in'], wires: [] },
      { id: 'in', type: 'link in', links: ['out'], wires: [[send.id]] },
    ],
  );
}
