/** Nodes of one type in a running Node-RED, each with probes around it: what most tests of nodes share. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FlowNode } from '../harness/admin-api';
import { repository } from '../harness/repository';
import type { TestedNodeRed } from '../harness/tested-node-red';
import type { World } from '../harness/world';

const catalogue = join(repository, 'editor/locales/en-US/wap-billing.json');
const texts: { failed: Record<string, string> } = JSON.parse(readFileSync(catalogue, 'utf8'));

/** What a status says of a failure with this code. */
export const failedText = (code: string): string => texts.failed[code] ?? assert.fail(`${code} has no words`);

export type Properties = Record<string, unknown>;

export interface Caught {
  code: string;
  message: string;
  cause: Properties;
}

/** A node under test for each case, by its id; `outputs` of them are wired. */
export function nodesOf(
  type: string,
  cases: Record<string, Properties>,
  { outputs = 1, ...common }: Properties & { outputs?: number } = {},
): FlowNode[] {
  const wires = Array.from({ length: outputs }, () => []);
  return Object.entries(cases).map(([id, properties]) => ({
    ...{ id, type, z: 'tab', name: '', x: 300, y: 100, wires },
    ...common,
    ...properties,
  }));
}

export class Bench<N extends TestedNodeRed = TestedNodeRed> {
  readonly #flows: FlowNode[];
  readonly #nodes: FlowNode[];
  private constructor(
    readonly world: World<N>,
    flows: FlowNode[],
    nodes: FlowNode[],
  ) {
    this.#flows = flows;
    this.#nodes = nodes;
  }

  /** Deploys all at once; `others` are configuration nodes and what else the nodes need. */
  static async start<N extends TestedNodeRed>(
    world: World<N>,
    others: FlowNode[],
    nodes: FlowNode[],
  ): Promise<Bench<N>> {
    const barrier = { id: 'barrier', type: 'change', z: 'tab', rules: [], x: 100, y: 100, wires: [[]] };
    const flows = [{ id: 'tab', type: 'tab', label: 'nodes under test' }, ...others, ...nodes, barrier];
    const probes = world.probes(flows).drive('barrier', 'barrier').watch('barrier', 'barrier');
    for (const { id, wires } of nodes) {
      probes.drive(id, id).catches(`${id} error`, 'tab', [id]).completes(`${id} complete`, id);
      probes.statuses(`${id} status`, id);
      for (const output of (wires ?? []).keys()) probes.watch(`${id} ${output}`, id, output);
    }
    const bench = new Bench(world, probes.done(), nodes);
    await bench.deploy();
    return bench;
  }

  deploy(): Promise<void> {
    return this.world.deploy(this.#flows);
  }

  /** Sends a message and gives what leaves the output. */
  async answer(id: string, message: Properties = {}, output = 0): Promise<Properties> {
    const before = this.sent(id, output).length;
    const failed = this.#caught(id).length;
    await this.world.inject(id, message);
    const found = await this.world.until(
      `output ${output} of ${id}`,
      () => this.sent(id, output)[before] ?? this.#caught(id)[failed],
    );
    if ('error' in found) assert.fail(`${id} failed: ${JSON.stringify(found.error)}`);
    return found;
  }

  /** What left the output so far. */
  sent(id: string, output = 0): Properties[] {
    return this.world.messages(`${id} ${output}`);
  }

  /** Sends a message and gives the error that Catch gets. */
  async error(id: string, message: Properties = {}): Promise<Caught> {
    const before = this.#caught(id).length;
    await this.world.inject(id, message);
    const { error } = await this.world.message(`${id} error`, before + 1);
    return error as Caught;
  }

  #caught(id: string): Properties[] {
    return this.world.messages(`${id} error`);
  }

  /** How often the node completed, failed and sent so far, once everything under way in Node-RED has arrived. */
  async tally(id: string): Promise<{ complete: number; error: number; sent: number }> {
    const before = this.world.messages('barrier').length;
    await this.world.inject('barrier');
    await this.world.message('barrier', before + 1);
    const count = (name: string) => this.world.messages(`${id} ${name}`).length;
    const outputs = [...(this.#nodes.find(node => node.id === id)?.wires ?? []).keys()];
    const sent = outputs.reduce((sum, output) => sum + this.sent(id, output).length, 0);
    return { complete: count('complete'), error: count('error'), sent };
  }

  /** The text that the node's status showed last. */
  status(id: string): string | undefined {
    return (this.world.messages(`${id} status`).at(-1)?.status as { text?: string } | undefined)?.text;
  }
}
