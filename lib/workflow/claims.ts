import type { Inputs, StepHead, StepId, StepKey } from '../state/tables/step';
import { branchOrder, changedInputs } from './digest';
import { areOtherParts, stepName, stepsOfWay } from './position';

/** Which step a message is. */
export type Claim =
  /** This one, recorded by an earlier pass. */
  | { step: StepHead; isKnown: true }
  /** A new one. `maybeSince` (ms UTC): since when its call may have been made as another step; null: surely not. */
  | { step: StepHead; isKnown: false; maybeSince: number | null }
  /** The recorded step whose turn it is has other inputs. */
  | { changed: StepHead; names: string[] };

/** The steps at one node, for messages that were there equally often. */
interface Visit {
  /** What earlier passes recorded, by way, in its order. */
  byWay: Map<string, StepHead[]>;
  failed: StepHead[];
  /** The next number that tells apart its steps. */
  next: number;
}

/** Matches each message of a pass with a recorded step: by node, visit and inputs, because the way there differs when branches
 *  come in another order. Each step goes to one message. */
export class Claims {
  readonly #visits = new Map<string, Visit>();
  /** What messages of this pass have taken. */
  readonly #taken = new Map<string, StepHead>();
  /** Their names, as ways have them. */
  readonly #come = new Set<string>();

  /** @param known what earlier passes recorded, by branch */
  constructor(known: readonly StepHead[]) {
    for (const step of known) {
      const visit = this.#at(step);
      const alike = visit.byWay.get(step.cameFrom);
      if (alike) alike.push(step);
      else visit.byWay.set(step.cameFrom, [step]);
      if (step.state === 'failed') visit.failed.push(step);
      visit.next = Math.max(visit.next, step.branch + 1);
    }
  }

  /** `arrival`: how many messages of this pass came on this way before. */
  claim(id: Omit<StepId, 'branch'>, arrival: number, inputs: Inputs, now: number): Claim {
    const visit = this.#at(id);
    const alike = visit.byWay.get(id.cameFrom) ?? [];
    const mine = alike.filter(step => this.#isFree(step));
    const own = mine.find(hasInputs(inputs)) ?? mine.find(takesAny) ?? mine.find(isReordered(inputs));
    if (own) return this.#take(own);
    const others = this.#others(visit, id.cameFrom);
    const other = others.find(hasInputs(inputs)) ?? others.find(step => isJoined(step, id));
    if (other) return this.#take(other);
    const turn = alike[arrival];
    if (turn?.inputs && this.#isFree(turn)) return { changed: turn, names: changedInputs(turn.inputs, inputs) };
    // A Catch branch that leads back to the node tries again what may have had its effect when it failed.
    const maybe = [...others, ...visit.failed.filter(hasInputs(inputs))].map(({ begunAt }) => begunAt);
    const step: StepHead = { ...id, branch: visit.next, state: 'intended', inputs, begunAt: now };
    visit.next += 1;
    this.#note(step);
    return { step, isKnown: false, maybeSince: maybe.length > 0 ? Math.min(...maybe) : null };
  }

  /** Its intent was not written: the next message like this one may claim the step. */
  release(step: StepId): void {
    this.#taken.delete(idText(step));
    this.#come.delete(stepName(step));
  }

  /** The step has failed: what its call may have done counts for the messages behind it. */
  failed(step: StepId): void {
    const taken = this.#taken.get(idText(step));
    if (taken) this.#at(step).failed.push(taken);
  }

  /** Whether no step is known to have come after this one. */
  isLast(step: StepId): boolean {
    const name = stepName(step);
    const known = [...this.#visits.values()].flatMap(({ byWay }) => [...byWay.keys()]);
    const taken = [...this.#taken.values()].map(({ cameFrom }) => cameFrom);
    return ![...known, ...taken].some(way => stepsOfWay(way)?.includes(name) ?? true);
  }

  #take(step: StepHead): Claim {
    this.#note(step);
    return { step, isKnown: true };
  }

  #note(step: StepHead): void {
    this.#taken.set(idText(step), step);
    this.#come.add(stepName(step));
  }

  /** No message of this pass has taken it. */
  #isFree(step: StepHead): boolean {
    return !this.#taken.has(idText(step));
  }

  /** Recorded on other ways, which messages of this pass have come: whatever is yet to come has its own. */
  #others({ byWay }: Visit, cameFrom: string): StepHead[] {
    return [...byWay]
      .filter(([way]) => way !== cameFrom && !areOtherParts(way, cameFrom) && this.#hasCome(way))
      .flatMap(([, steps]) => steps.filter(step => this.#isFree(step)));
  }

  /** Whether all steps of a way have been taken in this pass; of a way too long to be stored this is assumed. */
  #hasCome(way: string): boolean {
    return stepsOfWay(way)?.every(name => this.#come.has(name)) ?? true;
  }

  /** What is known of a node, for messages that were there equally often. */
  #at({ node, visit }: Pick<StepKey, 'node' | 'visit'>): Visit {
    const name = `${node}\n${visit}`;
    const known = this.#visits.get(name);
    if (known) return known;
    const empty: Visit = { byWay: new Map(), failed: [], next: 0 };
    this.#visits.set(name, empty);
    return empty;
  }
}

/** Recorded with these inputs, the order of its branches aside. */
const hasInputs =
  (inputs: Inputs) =>
  (step: StepHead): boolean =>
    step.inputs !== null && changedInputs(step.inputs, inputs).every(name => name === branchOrder);
/** Its branches came in another order, and with it other values. */
const isReordered =
  (inputs: Inputs) =>
  (step: StepHead): boolean =>
    step.inputs !== null && changedInputs(step.inputs, inputs).includes(branchOrder);
/** A person let it be done with whatever values come. */
const takesAny = ({ inputs }: StepHead): boolean => inputs === null;

const idText = ({ node, visit, cameFrom, branch }: StepId): string => `${node}\n${visit}\n${cameFrom}\n${branch}`;

/** Recorded behind one of the branches that are joined in the message, by a version that knew only the last of them. */
function isJoined(step: StepHead, { cameFrom }: StepKey): boolean {
  const [names, recorded] = [stepsOfWay(cameFrom), stepsOfWay(step.cameFrom)];
  const [only, ...more] = recorded ?? [];
  return only !== undefined && more.length === 0 && names !== null && names.length > 1 && names.includes(only);
}
