/** The shipped example that brings usage to billing, with limits that suit tests, and beside it a flow of core nodes that
 *  brings WAP's events into the same ledger. */
import type { FlowNode } from '../../harness/admin-api';
import { example } from '../../harness/examples';
import type { World } from '../../harness/world';

export interface FlowSizes {
  pageSize: number;
  batchSize: number;
}

/** Sizes are chosen so that a run has several pages, batches, and calls a batch (500 quantities each). */
export const usualSizes: FlowSizes = { pageSize: 1000, batchSize: 500 };

const short = { attemptSeconds: '2', totalSeconds: '8', retries: '2' };

export function usageFlows({ pageSize, batchSize }: FlowSizes = usualSizes): FlowNode[] {
  const changes: Record<string, Record<string, unknown>> = {
    // What was out when the disk was full comes again after this.
    'wap-usage-poll': { pageSize: String(pageSize), batchSize: String(batchSize), redeliverMinutes: '0.25' },
    'wap-connection': short,
    'billing-connection': short,
    debug: { active: false },
  };
  return example('Usage every minute to billing').flows.map(node => ({ ...node, ...changes[node.type] }));
}

/** `key` of an event in billing's ledger. */
export const eventKey = (eventId: number): string => `event/${eventId}`;

/** Each batch of events is sent in one call, and acknowledged when billing has answered; else it comes again. */
const toBilling = `
msg.payload = { records: msg.payload.map(event => ({ id: 'event/' + event.EventId, state: event.State })) };
msg.headers = { authorization: 'Bearer ' + env.get('BILLING_TOKEN') };
msg.url = env.get('BILLING_URL') + '/usage';
return msg;`;

/** Adds the mapping, the events, and ways to look on. */
export function observed(world: World, flows: FlowNode[]): FlowNode[] {
  const idOf = (type: string) => flows.find(node => node.type === type)?.id ?? '';
  const [connection, billing, state] = [idOf('wap-connection'), idOf('billing-connection'), idOf('billing-state')];
  const place = { z: 'helping', name: '', x: 100, y: 100 };
  const helping: FlowNode[] = [
    { id: 'helping', type: 'tab', label: 'helping' },
    {
      ...{ id: 'map', type: 'mapping-store', ...place, operation: 'put', limit: '100', connection, billing, state },
      ...{ mappingKind: 'subscription', mappingKindType: 'str', wapId: 'wapId', wapIdType: 'msg' },
      ...{ billingId: 'billingId', billingIdType: 'msg', mappingName: '', mappingNameType: 'str', wires: [[], []] },
    },
    {
      ...{ id: 'events', type: 'wap-event-poll', ...place, connection, state, feedPlans: true, schedule: 'every' },
      ...{ everySeconds: '1', emit: 'batch', batchSize: '20', maxOpen: '1', redeliverMinutes: '0.1' },
      ...{ startAt: 'beginning', consumer: 'events', pageSize: '50', control: 'control', controlType: 'msg' },
      wires: [['to billing'], [], []],
    },
    { id: 'to billing', type: 'function', ...place, func: toBilling, outputs: 1, wires: [['call']] },
    { id: 'call', type: 'http request', ...place, method: 'POST', ret: 'obj', senderr: true, wires: [['taken']] },
    {
      ...{ id: 'taken', type: 'switch', ...place, property: 'statusCode', propertyType: 'msg', outputs: 1 },
      ...{ rules: [{ t: 'eq', v: '200', vt: 'num' }], wires: [['ack']] },
    },
    {
      ...{ id: 'ack', type: 'wap-ack', ...place, state, outcome: 'delivered', outcomeType: 'str' },
      ...{ token: 'delivery.token', tokenType: 'msg', wires: [[]] },
    },
  ];
  const [poll, send] = [idOf('wap-usage-poll'), idOf('billing-usage-send')];
  return world
    .probes([...flows, ...helping])
    .drive('map', 'map')
    .watch('mapped', 'map')
    .watch('caught up', poll, 1)
    .watch('alarms', poll, 2)
    .watch('events caught up', 'events', 1)
    .watch('rejected', send, 1)
    .catches('caught', flows.find(({ type }) => type === 'tab')?.id ?? '')
    .done();
}
