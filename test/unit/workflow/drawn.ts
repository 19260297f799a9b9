/** Flows as their tests draw them: nodes by their ids, with what they are and where their outputs lead. */
import type { Stop, Wires } from '../../../lib/workflow/wiring';

export type Drawn = Record<string, Partial<Stop>>;

export const step = (...outputs: string[][]): Partial<Stop> => ({ kind: 'step', sends: 'one', outputs });
export const end: Partial<Stop> = { kind: 'end' };

export const wired =
  (drawn: Drawn): Wires =>
  id => {
    const found = drawn[id];
    return found && { kind: 'between', sends: 'each', outputs: [], aside: [], holds: false, ...found };
  };
