import { AdapterError } from '../../errors';
import { saysError, wordsOf } from '../peer-says';
import type { Answer, RestCalls } from './calls';
import type { LookOperation, Operation, RequestData, Step } from './operation';
import { unreadable } from './read-answer';

/** After so many pages a look is taken for one that never ends. */
const mostPages = 1000;

interface StepCall {
  subject: string;
  signal: AbortSignal | undefined;
}

/** Takes the steps before an operation, and answers its data with what they brought, by their names. Safe to repeat: what is
 *  there is found, so an operation that failed half-way is completed and nothing is made twice.
 *  @throws BILLING_NOT_FOUND for what is not there and is never made here */
export async function afterSteps(
  calls: RestCalls,
  { before }: Operation,
  data: RequestData,
  call: StepCall,
): Promise<RequestData> {
  const known = { ...data };
  for (const step of before) known[step.name] = await takeStep(calls, step, known, call);
  return known;
}

async function takeStep(calls: RestCalls, step: Step, data: RequestData, call: StepCall): Promise<unknown> {
  if (!step.each) return foundOrMade(calls, step, data, call);
  const given = await step.each(data);
  const all: unknown[] = given === undefined || given === null ? [] : Array.isArray(given) ? given : [given];
  const brought: unknown[] = [];
  // One after the other: two of them may need the same thing.
  for (const each of all) brought.push(await foundOrMade(calls, step, { ...data, each }, call));
  return brought;
}

async function foundOrMade(calls: RestCalls, step: Step, data: RequestData, call: StepCall): Promise<unknown> {
  const found = await lookedFor(calls, step.look, data, call);
  if (found !== null) return found;
  const { make } = step;
  if (!make) throw notThere(step, call.subject);
  const sent = await calls.body(make, data);
  const answer = await calls.send(make, data, {
    ...call,
    repeatable: calls.areOnce,
    headers: calls.once(step.field, JSON.stringify([data.key, sent])),
    test: make.exists,
  });
  const made = answer.holds ? null : await told(make, answer, data);
  const shown = made ?? (await lookedFor(calls, step.look, data, call));
  if (shown !== null) return shown;
  throw unreadable(`${make.field}.answer`, 'gave nothing, and a look shows nothing either', wordsOf(answer.body));
}

/** What a look finds, on the first page that shows it; `null`: it is not there. */
export async function lookedFor(
  calls: RestCalls,
  look: LookOperation,
  data: RequestData,
  call: StepCall,
): Promise<unknown> {
  let page: unknown = 1;
  for (let pages = 1; pages <= mostPages; pages += 1) {
    const seen = { ...data, page };
    const answer = await calls.send(look, seen, { ...call, repeatable: true, test: look.absent });
    if (answer.holds) return null;
    const found = await told(look, answer, seen);
    if (found !== null) return found;
    if (saysError(answer.body)) throw unreadable(`${look.field}.answer`, 'gave nothing', wordsOf(answer.body));
    const { status, headers } = answer;
    const next = await look.next?.(answer.body, { page, status, headers, request: seen });
    if (next === undefined || next === null || next === '' || next === false) return null;
    page = next;
  }
  throw unreadable(`${look.field}.next`, `gave more than ${mostPages} pages`);
}

async function told(operation: Operation, { status, headers, body }: Answer, request: RequestData): Promise<unknown> {
  const given = await operation.answer(body, { status, headers, request });
  return given === undefined || given === '' ? null : given;
}

function notThere({ name, field }: Step, subject: string): AdapterError {
  return AdapterError.advising(
    'BILLING_NOT_FOUND',
    `Billing does not have the ${name} that ${subject} needs. Make it there first, or write ${field}.make.`,
    { subject },
  );
}
