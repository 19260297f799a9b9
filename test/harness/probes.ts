/** Nodes added to a flow under test, so that it can be driven and watched: Node-RED's own where it runs in a process of its own,
 *  nodes made for that where it runs in this one. */
import type { FlowNode } from './admin-api';

/** The types that an in-process Node-RED registers for probes. */
export const probeTypes = { drive: 'test-drive', sink: 'test-sink' };

/** Messages leave a flow as JSON, numbered, without what belongs to HTTP. */
const toSink = `
const { req, res, ...rest } = msg;
const order = (context.get('order') || Date.now() * 1000) + 1;
context.set('order', order);
return { payload: JSON.stringify({ order, msg: rest }), headers: { 'content-type': 'application/json' } };`;

const fromBody = 'return [msg, { ...msg.payload }];';

export class Probes {
  readonly #flows: FlowNode[];
  readonly #sinkUrl: string;
  readonly #added: FlowNode[] = [];
  readonly #wires: Array<{ from: string; output: number; to: string }> = [];
  #count = 0;

  /** `sinkUrl`: where messages go by HTTP; empty in this process. */
  constructor(flows: FlowNode[], sinkUrl: string) {
    this.#flows = flows;
    this.#sinkUrl = sinkUrl;
  }

  /** `POST <node-red>/test/<name>` sends its JSON body as a message into the node. */
  drive(name: string, nodeId: string): this {
    const z = this.#tabOf(nodeId);
    if (this.#sinkUrl === '') {
      this.#add({ type: probeTypes.drive, z, name, wires: [[nodeId]] });
      return this;
    }
    const reply = this.#add({ type: 'http response', z, statusCode: '200' });
    const split = this.#add({ type: 'function', z, func: fromBody, outputs: 2, wires: [[reply], [nodeId]] });
    this.#add({ type: 'http in', z, url: `/test/${name}`, method: 'post', wires: [[split]] });
    return this;
  }

  /** What the node sends from `output` (0 is the first) is found under `name`. */
  watch(name: string, nodeId: string, output = 0): this {
    this.#wires.push({ from: nodeId, output, to: this.#toSink(name, this.#tabOf(nodeId)) });
    return this;
  }

  /** What a Catch node sees; `scope` null means the whole tab. */
  catches(name: string, tab: string, scope: string[] | null = null): this {
    this.#add({ type: 'catch', z: tab, scope, uncaught: false, wires: [[this.#toSink(name, tab)]] });
    return this;
  }

  /** What a Complete node sees. */
  completes(name: string, nodeId: string): this {
    const tab = this.#tabOf(nodeId);
    this.#add({ type: 'complete', z: tab, scope: [nodeId], uncaught: false, wires: [[this.#toSink(name, tab)]] });
    return this;
  }

  /** What a Status node sees. */
  statuses(name: string, nodeId: string): this {
    const tab = this.#tabOf(nodeId);
    this.#add({ type: 'status', z: tab, scope: [nodeId], wires: [[this.#toSink(name, tab)]] });
    return this;
  }

  /** The flow as given, plus the probes; the given one is not changed. */
  done(): FlowNode[] {
    const rewired = this.#flows.map(node => {
      const mine = this.#wires.filter(wire => wire.from === node.id);
      if (mine.length === 0) return node;
      const outputs = [...(node.wires ?? [])];
      for (const { output, to } of mine) {
        while (outputs.length <= output) outputs.push([]);
        outputs[output] = [...(outputs[output] ?? []), to];
      }
      return { ...node, wires: outputs };
    });
    return [...rewired, ...this.#added];
  }

  #toSink(name: string, z: string): string {
    if (this.#sinkUrl === '') return this.#add({ type: probeTypes.sink, z, name, wires: [] });
    const url = `${this.#sinkUrl}/${encodeURIComponent(name)}`;
    const post = this.#add({ type: 'http request', z, method: 'POST', url, ret: 'txt', wires: [[]] });
    return this.#add({ type: 'function', z, func: toSink, outputs: 1, wires: [[post]] });
  }

  #add(node: { type: string; [property: string]: unknown }): string {
    this.#count += 1;
    const id = `probe${this.#count}`;
    this.#added.push({ id, x: 100, y: 900, name: '', ...node });
    return id;
  }

  #tabOf(nodeId: string): string {
    const tab = this.#flows.find(node => node.id === nodeId)?.z;
    if (tab === undefined) throw new Error(`no node ${nodeId} on a tab of this flow`);
    return tab;
  }
}
