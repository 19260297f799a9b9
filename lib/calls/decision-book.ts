import { addDecision, type DecidedApproval, findDecision, pruneDecisions } from '../state/approval-rows';
import type { Store, Tx } from '../state/port';

type Work = (tx: Tx) => Promise<void>;

const mostTurns = 8;
/** Turns of the event loop that a message takes through a few nodes. */
const hops = 4;

/** One decision for each event, kept before WAP hears of it. What comes in while a transaction is on its way to the disk
 *  shares the next one, because the disk is what takes time. */
export class DecisionBook {
  private waiting: Array<{ work: Work; resolve: () => void; reject: (error: unknown) => void }> = [];
  private isWriting = false;

  constructor(
    private readonly store: Store,
    readonly endpoint: string,
  ) {}

  async find(eventId: number): Promise<DecidedApproval | null> {
    let found: DecidedApproval | null = null;
    await this.within(async tx => {
      found = await findDecision(tx, this.endpoint, eventId);
    });
    return found;
  }

  /** On disk when it resolves, with the decision that counts: this one, or an earlier one. */
  async record(decided: Omit<DecidedApproval, 'endpoint'>): Promise<DecidedApproval> {
    let counts: DecidedApproval = { ...decided, endpoint: this.endpoint };
    await this.within(async tx => {
      counts = await addDecision(tx, counts);
    });
    return counts;
  }

  async prune(before: number): Promise<void> {
    await this.store.transaction(tx => pruneDecisions(tx, this.endpoint, before));
  }

  private within(work: Work): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ work, resolve, reject });
      if (!this.isWriting) void this.write();
    });
  }

  /** A commit stands the process still for as long as the disk takes, so what is just coming in goes with it. */
  private async gather(): Promise<void> {
    for (let turn = 0, known = 0; turn < mostTurns && this.waiting.length > known; turn += 1) {
      known = this.waiting.length;
      for (let hop = 0; hop < hops; hop += 1) await new Promise(resolve => setImmediate(resolve));
    }
  }

  private async write(): Promise<void> {
    this.isWriting = true;
    while (this.waiting.length > 0) {
      await this.gather();
      const batch = this.waiting;
      this.waiting = [];
      try {
        await this.store.transaction(async tx => {
          for (const { work } of batch) await work(tx);
        });
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.isWriting = false;
  }
}
