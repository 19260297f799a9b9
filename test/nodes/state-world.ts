/** Configuration nodes for the tests of nodes that keep state: one WAP with its feeds, one billing, state files. */
import type { FlowNode } from '../harness/admin-api';
import type { Properties } from './bench';

export const wap = (id: string, properties: Properties = {}): FlowNode => ({
  ...{ id, type: 'wap-connection', name: '', installation: 'wap1', principal: 'tests' },
  ...{ adminUrl: '${WAP_ADMIN_URL}', usageUrl: '${WAP_USAGE_URL}' },
  ...{ tokenKind: '${WAP_STS_KIND}', stsUrl: '${WAP_STS_URL}', user: '${WAP_USER}', passwordEnv: 'WAP_PASSWORD' },
  ...{ usageUser: '${WAP_USAGE_USER}', usagePasswordEnv: 'WAP_USAGE_PASSWORD' },
  // Every limit is as short as it can be, so that a failing call fails at once.
  ...{ attemptSeconds: '2', totalSeconds: '3', retries: '0' },
  ...properties,
});

export const billing = (id: string, properties: Properties = {}): FlowNode => ({
  ...{ id, type: 'billing-connection', name: '', provider: 'rest', target: 'billing1', baseUrl: '${BILLING_URL}' },
  ...{ auth: 'bearer', tokenEnv: 'BILLING_TOKEN', templates: '{}' },
  ...properties,
});

export const state = (id: string, properties: Properties = {}): FlowNode => ({
  ...{ id, type: 'billing-state', name: '', address: '${BILLING_STATE}' },
  ...properties,
});

/** What the nodes under test refer to unless a case says otherwise. */
export const common = { connection: 'wap', billing: 'billing', state: 'state' };
export const configuration: FlowNode[] = [wap('wap'), billing('billing'), state('state')];
