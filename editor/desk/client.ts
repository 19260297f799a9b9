import { say } from '../red';
import { released } from './press';

/** What could not be asked or done, as a sentence for the user. */
class Refused extends Error {}

type Values = Record<string, string | number | boolean | null | undefined>;

const base = 'wap-billing/desk';

/** The `billing-state` nodes that are deployed. */
export const askStates = (): Promise<Array<{ id: string; name: string }>> => get(base, {});

/** Asks a question of the desk. Values that are empty are left out. The answer, which will be drawn, waits until what is
 *  pressed is let go. @throws Refused */
export function ask<A>(state: string, question: string, query: Values = {}): Promise<A> {
  return get(`${base}/${encodeURIComponent(state)}/${question}`, query);
}

/** Lets something be done, by a person. @throws Refused */
export function act<A>(state: string, name: string, form: Record<string, unknown>): Promise<A> {
  return new Promise((resolve, reject) => {
    $.ajax({
      url: `${base}/${encodeURIComponent(state)}/${name}`,
      method: 'POST',
      contentType: 'application/json',
      data: JSON.stringify(form),
    }).then((answer: A) => resolve(answer), refuse(reject));
  });
}

/** The text of a CSV file: fetched like any question, because a plain link carries no login. @throws Refused */
export function fetchTable(state: string, table: string, query: Values): Promise<string> {
  return new Promise((resolve, reject) => {
    $.ajax({ url: `${base}/${encodeURIComponent(state)}/${table}/csv`, data: filled(query), dataType: 'text' }).then(
      (text: string) => resolve(text),
      refuse(reject),
    );
  });
}

async function get<A>(url: string, query: Values): Promise<A> {
  try {
    return await new Promise((resolve, reject) => {
      $.ajax({ url, data: filled(query), dataType: 'json' }).then((answer: A) => resolve(answer), refuse(reject));
    });
  } finally {
    await released();
  }
}

const filled = (query: Values): Values =>
  Object.fromEntries(
    Object.entries(query).filter(([, value]) => value !== '' && value !== undefined && value !== null),
  );

function refuse(reject: (reason: Refused) => void) {
  return ({ status, responseJSON, responseText }: JQuery.jqXHR<{ text?: string }>) =>
    reject(new Refused(sentence(status, responseJSON?.text ?? textIn(responseText))));
}

function sentence(status: number, text: string | undefined): string {
  if (status === 401) return say('desk.error.login');
  if (status === 0) return say('desk.error.away');
  return text ?? say('desk.error.failed', { status });
}

/** A refusal of a file comes as a text. */
function textIn(body: string | undefined): string | undefined {
  try {
    const found: unknown = JSON.parse(body ?? '');
    return typeof found === 'object' && found !== null && 'text' in found ? String(found.text) : undefined;
  } catch {
    return undefined;
  }
}
