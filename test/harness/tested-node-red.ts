import type { DeployKind, FlowNode } from './admin-api';
import type { Major } from './repository';

/** What tests of nodes need of a Node-RED, in a process of its own or in this one. */
export interface TestedNodeRed {
  readonly major: Major;
  readonly url: string;
  readonly userDir: string;
  /** Every line it has logged so far. */
  readonly logs: string[];
  deploy(flows: FlowNode[], kind?: DeployKind): Promise<void>;
  /** Sends a message into the node that a probe drives under this name. */
  send(name: string, message: Record<string, unknown>): Promise<void>;
  /** The first line from line number `from` on that fits; default: any line so far or to come. */
  waitLog(pattern: RegExp, from?: number, limitMs?: number): Promise<string>;
  flows(): Promise<FlowNode[]>;
  /** Presses the button of an inject node. */
  inject(nodeId: string): Promise<void>;
  stop(keepBecause?: unknown): Promise<void>;
}
