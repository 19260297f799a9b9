import { Questions } from '../../../lib/questions/questions';
import type { Store } from '../../../lib/state/port';
import type { Asked, Question } from '../../../lib/state/tables/question';
import type { StepId } from '../../../lib/state/tables/step';
import { Journal } from '../../../lib/workflow/journal';
import { Runs } from '../../../lib/workflow/runs';
import { StillClock, scratchStore } from '../state/scratch';

export const anAsked = (more: Partial<Asked> = {}): Asked => ({
  ...{ text: 'On sale?', choices: ['Yes', 'Not yet'], fields: [], people: [] },
  ...more,
});

/** Runs that stand at a step where they ask people. */
export class QuestionWorld {
  readonly questions: Questions;
  readonly #runs: Runs;

  private constructor(
    readonly clock: StillClock,
    readonly store: Store,
  ) {
    this.questions = new Questions(store, clock);
    this.#runs = new Runs(store, clock, 'put on sale');
  }

  static async open(): Promise<QuestionWorld> {
    const clock = new StillClock(Date.UTC(2026, 0, 2));
    return new QuestionWorld(clock, await scratchStore(clock));
  }

  /** A run at its step; `done` goes on without an answer. */
  async standing(key: string): Promise<{ step: StepId; done(): Promise<void> }> {
    const { run } = await this.#runs.start(key, {});
    const journal = new Journal(this.store, this.clock, run);
    const { step } = await journal.intend({ node: 'n1', visit: 1, cameFrom: '' }, 'ask', {});
    return { step, done: async () => void (await journal.conclude(step, { outcome: { to: null, set: {} } })) };
  }

  async ask(key: string, more: Partial<Asked> = {}, deadlineAt: number | null = null): Promise<Question> {
    const { step } = await this.standing(key);
    return this.questions.ask(step, anAsked(more), deadlineAt);
  }
}
