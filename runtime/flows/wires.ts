import type { Node, NodeAPI } from 'node-red';
import { Origins } from '../../lib/workflow/origins';
import { branchesTo, type Stop, type Wires } from '../../lib/workflow/wiring';
import { deployedNodes, type SavedNode } from './deployed';
import { FlowBefore } from './flow-before';
import { sourcesIn } from './flow-sources';

/** A node as the runtime has it: what is inside a subflow is wired to what is outside. */
type Wired = Node & { wires?: string[][]; _alias?: string };

const ours = /^(wap|billing|mapping)-/;
const joinType = 'wap-workflow-join';
/** These send a message on at once, or never. A subflow is wired like the nodes inside it. */
const immediate =
  /^(switch|change|range|template|json|csv|html|xml|yaml|rbe|split|link (in|out)|junction|debug|subflow.*)$/;
/** A function that does is one that may send later. */
const sendsLater = /\b(await|async|setTimeout|setInterval|setImmediate|Promise|node\.send)\b/;

/** How the nodes that run are wired, as far as messages of runs are concerned. */
export class FlowWires {
  readonly #saved: ReadonlyMap<string, SavedNode>;
  /** Catch and Complete nodes. */
  readonly #aside: SavedNode[];
  readonly #calls: SavedNode[];
  readonly #joins: string[];
  /** Where messages begin. */
  readonly origins: Origins;
  readonly before: FlowBefore;
  readonly #stops = new Map<string, Stop | undefined>();
  readonly #forks = new Map<string, boolean>();

  readonly #RED: NodeAPI;

  constructor(RED: NodeAPI) {
    this.#RED = RED;
    const nodes = deployedNodes(RED);
    const every: SavedNode[] = [];
    RED.nodes.eachNode(node => void every.push({ ...node })); // with the nodes that subflows are made of
    this.#saved = new Map(every.map(node => [node.id, node]));
    this.#aside = nodes.filter(({ type }) => type === 'catch' || type === 'complete');
    this.#calls = nodes.filter(({ type }) => type === 'link call');
    this.#joins = nodes.filter(({ type }) => type === joinType).map(({ id }) => id);
    this.origins = new Origins(this.at, sourcesIn(nodes, this.at));
    this.before = new FlowBefore(nodes, this.at, id => this.#savedAt(id));
  }

  readonly at: Wires = id => {
    if (!this.#stops.has(id)) this.#stops.set(id, this.#read(id));
    return this.#stops.get(id);
  };

  /** Whether several of the messages behind this output come together in a join. */
  partAt(id: string, output: number): boolean {
    const name = `${id}\n${output}`;
    const known = this.#forks.get(name);
    if (known !== undefined) return known;
    const to = this.at(id)?.outputs[output] ?? [];
    const doPart = this.#joins.some(join => branchesTo(this.at, to, join) > 1);
    this.#forks.set(name, doPart);
    return doPart;
  }

  #savedAt(id: string): SavedNode | undefined {
    const node: Wired | null = this.#RED.nodes.getNode(id);
    return this.#saved.get(node?._alias ?? id);
  }

  #read(id: string): Stop | undefined {
    const node: Wired | null = this.#RED.nodes.getNode(id);
    if (!node) return undefined;
    const { type, wires: outputs = [] } = node;
    const saved: SavedNode = this.#savedAt(id) ?? { id, type };
    if (ours.test(type))
      return { kind: kindOf(type), sends: 'one', outputs, aside: this.#asideOf(saved), holds: false };
    const between = { kind: 'between', sends: 'each', outputs, aside: [], holds: mayHold(saved) } as const;
    if (type === 'switch') return { ...between, sends: 'one' };
    if (type === 'split' || (type === 'csv' && saved.multi !== 'mult')) return { ...between, sends: 'many' };
    if (type === 'link call') return { ...between, ...this.#called(saved, outputs) };
    if (type !== 'link out') return between;
    if (saved.mode !== 'return') return { ...between, outputs: [textsOf(saved.links)] };
    const callers = this.#calls.filter(call => this.#hasSteps(textsOf(call.links)));
    return { ...between, sends: 'one', outputs: callers.flatMap(call => outputsOf(call)) };
  }

  /** A part that is called and has steps is on the way; of another one counts only whether it holds the message. */
  #called(call: SavedNode, outputs: string[][]): Partial<Stop> {
    if (call.linkType === 'dynamic') return { holds: true };
    const part = textsOf(call.links);
    return this.#hasSteps(part)
      ? { outputs: [part], aside: outputs.flat(), holds: false }
      : { holds: this.#inside(part).some(({ holds }) => holds) };
  }

  #hasSteps(part: readonly string[]): boolean {
    return this.#inside(part).some(({ kind }) => kind !== 'between');
  }

  /** The nodes of a part that is called: up to where it returns. */
  #inside(part: readonly string[]): Stop[] {
    const ids = new Set(part);
    const found: Stop[] = [];
    for (const id of ids) {
      const node: Wired | null = this.#RED.nodes.getNode(id);
      const saved = this.#savedAt(id);
      if (!node || (saved?.type === 'link out' && saved.mode === 'return')) continue;
      // Of a call in a call, which may be the same one, no more is asked.
      const stop = saved?.type === 'link call' ? undefined : this.at(id);
      if (stop) found.push(stop);
      for (const to of stop?.outputs.flat() ?? node.wires?.flat() ?? []) ids.add(to);
    }
    return found;
  }

  #asideOf({ id, z }: SavedNode): string[] {
    const takes = ({ scope, z: where }: SavedNode) => (Array.isArray(scope) ? scope.includes(id) : where === z);
    return this.#aside.filter(takes).map(node => node.id);
  }
}

function kindOf(type: string): Stop['kind'] {
  if (type === joinType) return 'join';
  // What leaves a start node is another run.
  return type === 'wap-workflow-end' || type === 'wap-workflow-start' ? 'end' : 'step';
}

function mayHold(node: SavedNode): boolean {
  const { type, func, initialize, repair } = { func: '', initialize: '', repair: false, ...node };
  if (type === 'function') return sendsLater.test(String(func)) || String(initialize).trim() !== '';
  return !immediate.test(type) || repair === true; // a switch that puts sequences together
}

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const outputsOf = ({ wires }: SavedNode): string[][] => (Array.isArray(wires) ? wires.map(textsOf) : []);

/** Of each Node-RED; read anew after each start of its flows. */
const known = new WeakMap<NodeAPI['events'], { wires: FlowWires | undefined }>();

/** The wires of the flows that run, one reading for all our nodes. */
export function flowWires(RED: NodeAPI): FlowWires {
  let held = known.get(RED.events);
  if (!held) {
    const fresh: { wires: FlowWires | undefined } = { wires: undefined };
    known.set(RED.events, fresh);
    RED.events.on('flows:started', () => {
      fresh.wires = undefined;
    });
    held = fresh;
  }
  held.wires ??= new FlowWires(RED);
  return held.wires;
}
