/** WAP's side of the calls to us: raw requests to a running Node-RED, and the flows that answer them. */
import { type IncomingHttpHeaders, request } from 'node:http';
import type { FlowNode } from '../harness/admin-api';
import { until } from '../harness/until';
import { nodesOf, type Properties } from './bench';

export const user = 'wap';
export const password = 'a-password-for-calls';
export const basic = (name = user, secret = password): string =>
  `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface Call {
  method?: string;
  body?: string | Buffer;
  headers?: Record<string, string>;
}

/** One request, with the right credentials unless `headers` say otherwise. */
export function call(url: string, { method = 'POST', body, headers = {} }: Call = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { origin } = new URL(url);
    const { hostname, port } = new URL(origin);
    const made = request({
      ...{ hostname, port, method, path: url.slice(origin.length), agent: false },
      headers: {
        authorization: basic(),
        'content-type': 'application/json; charset=utf-8',
        ...lengthOf(body),
        ...headers,
      },
    });
    made.on('response', response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    made.on('error', reject);
    made.end(body);
  });
}

/** Without it the body of a DELETE would have no end. */
const lengthOf = (body: Call['body']) => (body === undefined ? {} : { 'content-length': Buffer.byteLength(body) });

/** Waits until a path of ours is served: a node begins only after Node-RED says that the flows have started. */
export const served = (url: string): Promise<unknown> =>
  until(`${url} is served`, async () => (await call(url, { method: 'LOCK' })).status === 405);

/** An event as WAP asks about it (dn448711). */
export function asked(eventId: number, more: Properties = {}): Properties {
  return {
    ...{ EventId: eventId, State: 2, Method: 'POST', EntityParentId: null },
    NotificationEventTimeCreated: '2013-09-25T00:37:41.8881111Z',
    Entity: {
      ...{ SubscriptionID: `s${eventId}`, SubscriptionName: 'Gold', AccountAdminLiveEmailId: 'ann@example.com' },
      ...{ PlanId: 'gold1', State: 0, Created: '0001-01-01T00:00:00' },
    },
    ...more,
  };
}

/** The same of an add-on (dn448726). */
export const askedAddOn = (eventId: number, more: Properties = {}): Properties =>
  asked(eventId, {
    EntityParentId: 's1',
    Entity: { AddOnId: 'extra1', AddOnInstanceId: null, AcquisitionTime: null },
    ...more,
  });

export const approvalIn = (cases: Record<string, Properties>): FlowNode[] =>
  nodesOf('wap-approval-in', cases, { state: 'state', passwordEnv: 'WAP_APPROVAL_PASSWORD', outputs: 3 });
export const priceIn = (cases: Record<string, Properties>): FlowNode[] =>
  nodesOf('wap-price-in', cases, { connection: 'wap', passwordEnv: 'WAP_APPROVAL_PASSWORD', outputs: 2 });
export const responses = (cases: Record<string, Properties>): FlowNode[] => nodesOf('wap-response', cases);
