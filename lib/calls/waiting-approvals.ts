import type { Clock } from '../async/clock';
import { Deadlines } from '../async/deadlines';
import { isSameName } from '../ids';
import type { DecidedApproval, Decision } from '../state/tables/approval';
import type { ApprovalRequest } from './approval-request';
import { type DecisionBook, isOutdated } from './decision-book';
import { answeredBefore, conflict, nodeClosed, tooLate, tooMany } from './errors';
import type { CallAnswer, WaitingCalls } from './open-endpoints';
import { type Pending, pending } from './pending';
import { type CallToken, newToken } from './token';

/** A request that a flow is to answer; an update is told after it was accepted. */
export interface AskedApproval {
  request: ApprovalRequest;
  token: string;
  deadlineAt: number;
  /** Set when there is nothing left to decide. */
  decided?: Decision;
}

/** How requests of one endpoint wait; times in ms. */
export interface WaitingApprovalsOptions {
  book: DecisionBook;
  clock: Clock;
  /** How long a flow may take. */
  deadlineMs: number;
  /** The answer when it takes longer. */
  late: Decision;
  /** Nothing is asked any more. */
  signal: AbortSignal;
  ask(asked: AskedApproval): void;
  /** A decision was made now. */
  told(decided: DecidedApproval): void;
}

/** A request that waits for its decision. */
interface Question extends Pending<DecidedApproval> {
  eventId: number;
  about: string;
  token: string;
  deadlineAt: number;
  /** The decision that is being recorded, or is. */
  deciding: Promise<DecidedApproval> | null;
}

/** More would only pile up behind a flow that stands still. */
const mostWaiting = 1000;
/** Characters of a reason that are kept. */
const longestReason = 500;

/** Where the requests of one endpoint wait. An event is asked about once; all its repeats, also at the same time and after
 *  a restart, get the one decision that is in the book. */
export class WaitingApprovals implements WaitingCalls {
  readonly #waiting = new Map<number, { about: string; answer: Promise<DecidedApproval> }>();
  readonly #questions = new Map<number, Question>();

  readonly #deadlines: Deadlines<Question>;

  readonly #options: WaitingApprovalsOptions;

  constructor(options: WaitingApprovalsOptions) {
    this.#options = options;
    const { clock, deadlineMs, late, signal } = options;
    const passed = (question: Question) => {
      const { eventId, about, token, fail } = question;
      const given = { eventId, about, decision: late, reason: null, decidedBy: 'deadline' as const, token };
      return this.#settle(question, given).then(() => undefined, fail);
    };
    this.#deadlines = new Deadlines(clock, deadlineMs, passed, signal);
  }

  /** The decision on a request, once it is in the book.
   *  @throws CALL_CONFLICT when the event was about something else before; ABORTED when the node closes */
  decide(request: ApprovalRequest): Promise<DecidedApproval> {
    const { eventId, about } = request;
    if (this.#options.signal.aborted) return Promise.reject(nodeClosed()); // its body was still coming in
    const known = this.#waiting.get(eventId);
    if (known) return isSameName(known.about, about) ? known.answer : Promise.reject(conflict(eventId));
    if (this.#waiting.size >= mostWaiting) return Promise.reject(tooMany(mostWaiting));
    const answer = this.#answerOf(request).finally(() => this.#waiting.delete(eventId));
    this.#waiting.set(eventId, { about, answer });
    return answer;
  }

  /** See `WaitingCalls`. Resolves only once this answer is in the book: WAP acts on it and asks no more. */
  async take(token: CallToken, text: string, answer: CallAnswer): Promise<void> {
    if (answer.answer === 'price') return; // refused before
    const { eventId, about } = eventOf(token);
    const reason = answer.reason?.slice(0, longestReason) ?? null;
    const question = this.#questions.get(eventId);
    const deciding = question?.deciding ?? null;
    if (deciding !== null) throw answeredBefore(await deciding);
    const now = this.#options.clock.now();
    const past = question ? null : await this.#options.book.find(eventId);
    if (past && !isOutdated(past, { about }, now)) throw answeredBefore(past);
    if (!question && now >= token.deadlineAt) throw tooLate(eventId);
    // Without a question a restart lay between, and WAP may ask about the event again.
    const given = { eventId, about, decision: answer.answer, reason, decidedBy: 'flow' as const, token: text };
    const counts = question ? await this.#settle(question, given) : await this.#recordAlone(given);
    if (counts.token !== text) throw answeredBefore(counts);
  }

  /** See `WaitingCalls`: by the book, so it also knows of answers from before a restart. */
  async wasTaken(token: CallToken, text: string): Promise<boolean> {
    return (await this.#options.book.find(eventOf(token).eventId))?.token === text;
  }

  /** Whoever waits is told that there is no answer; nothing is decided by that. */
  close(): void {
    for (const question of this.#questions.values()) question.fail(nodeClosed());
  }

  /** The decision in the book, or one that is made now. An update is approved at once and told after that. */
  async #answerOf(request: ApprovalRequest): Promise<DecidedApproval> {
    const { eventId, about } = request;
    const { book, clock } = this.#options;
    const past = await book.find(eventId);
    const earlier = past && !isOutdated(past, request, clock.now()) ? past : null;
    if (earlier && !isSameName(earlier.about, about)) throw conflict(eventId);
    if (earlier) return earlier;
    const question = this.#open(request);
    const { token, deadlineAt } = question;
    if (request.action !== 'update') return this.#asked(request, question);
    const decided = { eventId, about, decision: 'approve' as const, reason: null, decidedBy: 'rule' as const, token };
    const counts = await this.#record(decided);
    this.#options.ask({ request, token, deadlineAt, decided: 'approve' });
    return counts;
  }

  /** Asks the flow and waits for its answer, or for the deadline. */
  async #asked(request: ApprovalRequest, question: Question): Promise<DecidedApproval> {
    const { eventId, token, deadlineAt } = question;
    this.#questions.set(eventId, question);
    this.#deadlines.begin(question);
    try {
      this.#options.ask({ request, token, deadlineAt });
      return await question.answer;
    } finally {
      this.#deadlines.end(question);
      this.#questions.delete(eventId);
    }
  }

  /** The first that comes decides. After a failure to record it another may, at the latest the deadline. */
  #settle(question: Question, given: Omit<DecidedApproval, 'endpoint' | 'decidedAt'>): Promise<DecidedApproval> {
    if (question.deciding !== null) return question.deciding;
    const deciding = this.#record(given);
    question.deciding = deciding;
    deciding.then(question.settle, () => {
      question.deciding = null;
    });
    return deciding;
  }

  /** WAP may have asked about the event again meanwhile: whoever waits for that need not wait for the deadline. */
  async #recordAlone(given: Omit<DecidedApproval, 'endpoint' | 'decidedAt'>): Promise<DecidedApproval> {
    const counts = await this.#record(given);
    const question = this.#questions.get(counts.eventId);
    if (question && isSameName(question.about, counts.about)) question.settle(counts);
    return counts;
  }

  /** Records a decision; it is told only if it is the one that counts. */
  async #record(given: Omit<DecidedApproval, 'endpoint' | 'decidedAt'>): Promise<DecidedApproval> {
    const { book, clock, told } = this.#options;
    const decided = { ...given, decidedAt: clock.now() };
    const counts = await book.record(decided);
    if (counts.token === given.token && counts.decidedAt === decided.decidedAt) told(counts);
    return counts;
  }

  /** A new question; its token names the event, so that an answer finds it after a restart. */
  #open({ eventId, about }: ApprovalRequest): Question {
    const { book, clock, deadlineMs } = this.#options;
    const deadlineAt = clock.now() + deadlineMs;
    const purpose = 'approval' as const;
    const token = newToken({ purpose, endpoint: book.endpoint, about: `${eventId} ${about}`, deadlineAt });
    return { eventId, about, token, deadlineAt, deciding: null, ...pending<DecidedApproval>() };
  }
}

/** The event and the question in a token. */
function eventOf({ about }: CallToken): { eventId: number; about: string } {
  const space = about.indexOf(' ');
  return { eventId: Number(about.slice(0, space)), about: about.slice(space + 1) };
}
