/** Node-RED's admin API, as far as tests need it. */
import assert from 'node:assert/strict';

export interface FlowNode {
  id: string;
  type: string;
  z?: string;
  wires?: string[][];
  [property: string]: unknown;
}

export type DeployKind = 'full' | 'nodes' | 'flows' | 'reload';

export interface NodeSet {
  id: string;
  module: string;
  types: string[];
  enabled: boolean;
  err?: unknown;
}

export async function getFlows(url: string): Promise<{ flows: FlowNode[]; rev: string }> {
  return asJson(await fetch(`${url}/flows`, { headers: { 'Node-RED-API-Version': 'v2', accept: 'application/json' } }));
}

export async function getNodeSets(url: string): Promise<NodeSet[]> {
  return asJson(await fetch(`${url}/nodes`, { headers: { accept: 'application/json' } }));
}

/** Deploys and reads back: a scripted deploy that lost wires would make every later assertion lie. */
export async function postFlows(url: string, flows: FlowNode[], kind: DeployKind): Promise<void> {
  const { rev } = await getFlows(url);
  const response = await fetch(`${url}/flows`, {
    method: 'POST',
    headers: { 'Node-RED-API-Version': 'v2', 'Node-RED-Deployment-Type': kind, 'content-type': 'application/json' },
    body: JSON.stringify(kind === 'reload' ? { flows: [], rev } : { flows, rev }),
  });
  await asJson(response);
  if (kind === 'reload') return;
  const kept = await getFlows(url);
  assert.deepEqual(wiresOf(kept.flows), wiresOf(flows), 'Node-RED kept other wires than were deployed');
}

/** Presses the button of an inject node. */
export async function pressInject(url: string, nodeId: string): Promise<void> {
  const response = await fetch(`${url}/inject/${encodeURIComponent(nodeId)}`, { method: 'POST' });
  assert.equal(response.status, 200, `inject node ${nodeId}: ${response.status} ${await response.text()}`);
}

function wiresOf(flows: FlowNode[]): Record<string, string[][]> {
  return Object.fromEntries(flows.map(node => [node.id, node.wires ?? []]));
}

async function asJson<T>(response: Response): Promise<T> {
  const text = await response.text();
  assert.ok(response.ok, `${response.url}: ${response.status} ${text}`);
  return text === '' ? JSON.parse('null') : JSON.parse(text);
}
