import { type Clock, systemClock } from '../../lib/async/clock';
import { Wake } from '../../lib/async/wake';
import { AdapterError, shapeOf } from '../../lib/errors';
import type { GivenAnswer } from '../../lib/questions/answer';
import { Questions } from '../../lib/questions/questions';
import type { Store } from '../../lib/state/port';
import type { Question } from '../../lib/state/tables/question';
import { hint } from '../hints';

/** Who waits for an answer in this process, by the id of the question. */
const waiting = new Map<string, Wake>();
/** How soon an answer that another process gave is found. */
const lookAgainMs = 60_000;

/** Answers a question, and lets the run that waits go on. @throws as `Questions.answer` */
export async function answerQuestion(store: Store, id: string, given: GivenAnswer): Promise<Question> {
  const answered = await new Questions(store, systemClock).answer(id, given);
  waiting.get(id)?.wake();
  hint('waiting', 'runs', 'overview');
  return answered;
}

export interface AnswerWanted {
  questions: Questions;
  clock: Clock;
  id: string;
  /** Called once it no longer waits. */
  over(): void;
  /** How long until it is sent out again; null: never. */
  remindMs: number | null;
  signal: AbortSignal;
  /** Sends the question out. */
  tell(question: Question): Promise<void>;
}

/** The question, once it is answered or its time is over. It is sent out once, and again each time a reminder is due: what was sent
 *  before a restart counts. */
export async function untilAnswered(wanted: AnswerWanted): Promise<Question> {
  const { questions, clock, id, signal, tell, remindMs, over } = wanted;
  const wake = new Wake(clock);
  const end = () => wake.wake();
  waiting.set(id, wake);
  signal.addEventListener('abort', end, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const question = await questions.find(id);
      if (!question) throw new AdapterError('STATE_NOT_FOUND', 'This question is not known any more.', { subject: id });
      if (question.answer) return question;
      const now = clock.now();
      const isLate = question.deadlineAt !== null && question.deadlineAt <= now;
      const tellAt = question.toldAt === null ? now : remindMs === null ? null : question.toldAt + remindMs;
      if (isLate) await questions.expire(id);
      else if (tellAt !== null && tellAt <= now) {
        await tell(question);
        await questions.told(id);
      } else
        await wake.sleep(
          Math.min(lookAgainMs, ...[question.deadlineAt, tellAt].map(at => (at ?? Number.MAX_VALUE) - now)),
        );
    }
  } finally {
    signal.removeEventListener('abort', end);
    if (waiting.get(id) === wake) waiting.delete(id);
    over();
    hint('waiting', 'runs', 'overview');
  }
}

/** The answer that a message brings to a node: `msg.answer` with `run` (id or key), `choice`, and `values`, `by`, `note` where they are
 *  wanted.
 *  @throws INPUT_MISSING, INPUT_INVALID; STATE_NOT_FOUND where that run asks nothing here */
export async function answerByMessage(store: Store, node: string, message: unknown): Promise<Question> {
  if (typeof message !== 'object' || message === null || !('run' in message)) {
    throw AdapterError.advising(
      'INPUT_MISSING',
      `answer: the message is in no run, so it has to bring an answer as msg.answer, such as {"run": "Gold Hosting", "choice": "Yes"}, but that is ${shapeOf(message)}.`,
      { subject: 'answer' },
    );
  }
  const { run, question: id, choice, values, by, note }: Record<string, unknown> = { ...message };
  const open = await new Questions(store, systemClock).openAt(node, String(run));
  const asked = id === undefined ? open : open.filter(each => each.id === id);
  const [only, ...others] = asked;
  if (!only) {
    throw new AdapterError(
      'STATE_NOT_FOUND',
      `answer.run: the run "${String(run)}" waits for no answer at this node.`,
      {
        subject: String(run),
      },
    );
  }
  if (others.length > 0) {
    throw AdapterError.advising(
      'INPUT_INVALID',
      `answer.question: the run "${String(run)}" asks ${asked.length} questions here. Say which by its id: ${asked.map(each => each.id).join(', ')}.`,
      { subject: 'question' },
    );
  }
  return answerQuestion(store, only.id, { choice, values, note, by: typeof by === 'string' ? by : '', how: 'message' });
}
