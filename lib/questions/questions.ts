import { randomBytes } from 'node:crypto';
import type { Clock } from '../async/clock';
import { AdapterError } from '../errors';
import type { Store } from '../state/port';
import {
  type Asked,
  findQuestion,
  openQuestionsAt,
  putQuestion,
  type Question,
  questionOfStep,
  setQuestionAnswer,
  setQuestionTold,
} from '../state/tables/question';
import type { StepId } from '../state/tables/step';
import { type GivenAnswer, readAnswer } from './answer';

/** The questions that runs ask people. Every method is one transaction. */
export class Questions {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Asks, once for each step. What was asked before and is not answered gets the words and the deadline of today.
   *  @throws INPUT_MISSING when there is nothing to choose from */
  async ask(step: StepId, asked: Asked, deadlineAt: number | null): Promise<Question> {
    if (asked.choices.length === 0) {
      throw AdapterError.advising('INPUT_MISSING', 'choices: there is nothing to choose from. Add one.', {
        subject: 'choices',
      });
    }
    const [id, nonce] = [randomBytes(12).toString('base64url'), randomBytes(32).toString('base64url')];
    return this.#store.transaction(async tx => {
      await putQuestion(tx, step, { id, nonce, asked, deadlineAt, now: this.#clock.now() });
      return (await questionOfStep(tx, step)) ?? gone(id);
    });
  }

  /** A question by its id; null when it is unknown. */
  find(id: string): Promise<Question | null> {
    return this.#store.transaction(tx => findQuestion(tx, id));
  }

  /** What a node asks now for a run, by its id or key; the oldest first. */
  openAt(node: string, run: string): Promise<Question[]> {
    return this.#store.transaction(tx => openQuestionsAt(tx, node, run));
  }

  /** Notes that it was sent out, so that a restart does not send it again. */
  told(id: string): Promise<void> {
    return this.#store.transaction(tx => setQuestionTold(tx, id, this.#clock.now()));
  }

  /** The first answer counts.
   *  @throws STATE_NOT_FOUND; STATE_CONFLICT when it was answered, STATE_RUN_ENDED when nobody waits for it any more;
   *  INPUT_MISSING, INPUT_INVALID naming the field */
  answer(id: string, given: GivenAnswer): Promise<Question> {
    return this.#store.transaction(async tx => {
      const question = await findQuestion(tx, id);
      if (!question) throw gone(id);
      if (question.answer) throw answered(question);
      if (!question.isOpen) {
        throw new AdapterError(
          'STATE_RUN_ENDED',
          `Nobody waits for this answer any more: the run "${question.key}" went on without it.`,
          {
            subject: question.key,
          },
        );
      }
      await setQuestionAnswer(tx, id, readAnswer(question, given), this.#clock.now());
      return (await findQuestion(tx, id)) ?? gone(id);
    });
  }

  /** Closes the question without an answer, unless somebody has answered meanwhile. */
  async expire(id: string): Promise<void> {
    const answer = { choice: null, values: {}, note: '', by: '', how: 'deadline' } as const;
    await this.#store.transaction(tx => setQuestionAnswer(tx, id, answer, this.#clock.now()));
  }
}

/** @throws STATE_CONFLICT, with who answered what and when */
function answered({ answer, choices, answeredAt, text }: Question): AdapterError {
  const at = new Date(answeredAt ?? 0).toISOString();
  const said =
    answer?.choice == null ? 'its time was over' : `${answer.by || 'somebody'} answered "${choices[answer.choice]}"`;
  return new AdapterError('STATE_CONFLICT', `"${text}" was answered before: ${said} at ${at}.`, { subject: text });
}

/** @throws STATE_NOT_FOUND, always */
function gone(id: string): never {
  throw new AdapterError('STATE_NOT_FOUND', 'This question is not known any more.', { subject: id });
}
