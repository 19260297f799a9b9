import type { IncomingMessage } from 'node:http';
import type { Clock } from '../async/clock';
import { type CallHandler, pageHandler, type Reply } from '../calls/handler';
import { bodyReader } from '../calls/read-body';
import { AdapterError } from '../errors';
import type { Question } from '../state/tables/question';
import type { GivenAnswer } from './answer';
import { personOfToken } from './link';
import { answeredPage, closedPage, type Filled, formPage, pageHeaders, type Words } from './page';

/** What the page is served with. */
export interface PageOptions {
  clock: Clock;
  /** The texts of the page in its language. */
  words: Words;
  find(id: string): Promise<Question | null>;
  /** @throws as `Questions.answer` */
  answer(id: string, given: GivenAnswer): Promise<unknown>;
  fail(error: unknown): void;
}

/** A form is small; what is larger or slower is no person's. */
const maxBytes = 65_536;
const bodyMs = 10_000;

/** Serves the page behind the links of e-mails: `GET` shows the question or what was answered, and only `POST` answers, because
 *  mail scanners open links. */
export function answerPage(options: PageOptions): CallHandler {
  const { clock, fail } = options;
  const readBody = bodyReader({ maxBytes, maxMs: bodyMs, clock });
  return pageHandler({ verbs: ['GET', 'HEAD', 'POST'], maxBytes, bodyMs, clock, fail }, request =>
    replyTo(request, options, readBody),
  );
}

/** A wrong key and an unknown question get the same answer, so that nobody can try out ids. */
async function replyTo(
  request: IncomingMessage,
  { words, find, answer }: PageOptions,
  readBody: (request: IncomingMessage) => Promise<Buffer>,
): Promise<Reply> {
  const link = new URL(request.url ?? '', 'http://link').searchParams;
  const id = link.get('q') ?? '';
  const question = await find(id);
  const person = question && personOfToken(question, link.get('t') ?? '');
  if (question === null || person === null) return html(404, closedPage(words, 'unknown'));
  if (question.answer) return html(200, answeredPage(question, words));
  if (!question.isOpen) return html(410, closedPage(words, 'over'));
  if (request.method !== 'POST')
    return html(
      200,
      formPage(question, person, words, () => ''),
    );
  const form = new URLSearchParams((await readBody(request)).toString('utf8'));
  const filled: Filled = name => form.get(name)?.trim() ?? '';
  try {
    const by = person === '' ? filled('by') : person;
    if (by === '') throw AdapterError.advising('INPUT_MISSING', words('noName'), { subject: 'by' });
    const values = Object.fromEntries(question.fields.map(({ name }) => [name, filled(`field.${name}`)]));
    await answer(id, { choice: filled('choice'), values, note: filled('note'), by, how: 'link' });
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    if (error.code.startsWith('INPUT_')) return html(400, formPage(question, person, words, filled, error.message));
    if (!['STATE_CONFLICT', 'STATE_RUN_ENDED'].includes(error.code)) throw error;
  }
  // Shown by the address itself, so that a reload answers nothing again.
  return { status: 303, headers: { ...pageHeaders, location: `?${link}` } };
}

const html = (status: number, body: string): Reply => ({ status, headers: pageHeaders, body });
