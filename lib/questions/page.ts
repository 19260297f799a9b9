import { createHash } from 'node:crypto';
import type { Question, QuestionField } from '../state/tables/question';

/** A text of the page by its name, with its values. */
export type Words = (key: string, values?: Record<string, string>) => string;

/** What somebody filled in, by the names of the inputs. */
export type Filled = (name: string) => string;

/** In the page itself, which loads nothing; its hash is in the headers. */
const style = `
:root { color-scheme: light dark; font: 17px/1.5 system-ui, sans-serif; }
body { max-width: 34rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.35rem; line-height: 1.3; overflow-wrap: anywhere; }
p.small { opacity: .75; font-size: .9rem; overflow-wrap: anywhere; }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
input, select, textarea { box-sizing: border-box; width: 100%; font: inherit; padding: .55rem; border: 1px solid #777; border-radius: 4px; }
.choices { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.75rem; }
button { flex: 1 1 8rem; font: inherit; font-weight: 600; padding: .8rem 1rem; border: 1px solid #777; border-radius: 4px; cursor: pointer; overflow-wrap: anywhere; }
button:first-child { background: #1f6f5c; border-color: #1f6f5c; color: #fff; }
[role=alert] { border-left: 4px solid #b3261e; padding: .5rem .75rem; background: #b3261e22; }
[role=status] { border-left: 4px solid #1f6f5c; padding: .5rem .75rem; background: #1f6f5c22; }
dt { font-weight: 600; } dd { margin: 0 0 .5rem; overflow-wrap: anywhere; }`;

/** Nothing of the page may be run, framed, found by a search engine, or tell where one came from: its address is a key. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
};

/** The page on which a question is answered. `person`: whose link it is; empty: whoever has it says a name. */
export function formPage(question: Question, person: string, words: Words, filled: Filled, problem?: string): string {
  const { text, fields, choices, deadlineAt } = question;
  const until = deadlineAt === null ? '' : small(words('until', { until: timeText(deadlineAt) }));
  const name = person === '' ? textInput('by', words('name'), filled('by'), true) : '';
  const buttons = choices.map(each => `<button name="choice" value="${safe(each)}">${safe(each)}</button>`);
  return page(
    text,
    words,
    `<h1>${safe(text)}</h1>
${small(words('run', { key: question.key }))}${person === '' ? '' : small(words('as', { name: person }))}${until}
${problem === undefined ? '' : `<p role="alert">${safe(problem)}</p>`}
<form method="post">
${fields.map(field => inputOf(field, filled(`field.${field.name}`))).join('\n')}
${name}
<label for="note">${safe(words('note'))}</label><textarea id="note" name="note" rows="2">${safe(filled('note'))}</textarea>
<div class="choices">${buttons.join('')}</div>
</form>`,
  );
}

/** What was answered, by whom and when. */
export function answeredPage(question: Question, words: Words): string {
  const { text, answer, answeredAt, choices, fields } = question;
  const at = timeText(answeredAt ?? 0);
  const by = answer?.by || words('somebody');
  const said =
    answer?.choice == null
      ? words('late', { at })
      : words('answered', { choice: choices[answer.choice] ?? '', by, at });
  const values = fields.flatMap(({ name, label }) => {
    const value = answer?.values[name];
    return value === undefined ? [] : [`<dt>${safe(label)}</dt><dd>${safe(String(value))}</dd>`];
  });
  const note = answer?.note ? [`<dt>${safe(words('note'))}</dt><dd>${safe(answer.note)}</dd>`] : [];
  return page(
    text,
    words,
    `<h1>${safe(text)}</h1>
<p role="status">${safe(said)}</p>
<dl>${[...values, ...note].join('')}</dl>`,
  );
}

/** For a link that is unknown or no longer valid. */
export function closedPage(words: Words, key: 'unknown' | 'over'): string {
  return page(words(`title.${key}`), words, `<h1>${safe(words(`title.${key}`))}</h1>${small(words(`${key}`))}`);
}

/** Every text in it has passed `safe`. */
function page(title: string, words: Words, body: string): string {
  return `<!DOCTYPE html>
<html lang="${safe(words('language'))}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${safe(title)}</title>
<style>${style}</style></head>
<body><main>
${body}
</main></body></html>
`;
}

/** The input of one field. Not required in the page where only the first choice needs it: the server then says so. */
function inputOf(field: QuestionField, value: string): string {
  const { name, label, kind, options, needed } = field;
  if (kind !== 'choice') return textInput(`field.${name}`, label, value, needed === 'yes', kind === 'number');
  const all = ['', ...options].map(
    each => `<option value="${safe(each)}"${each === value ? ' selected' : ''}>${safe(each)}</option>`,
  );
  const id = safe(`field.${name}`);
  const required = needed === 'yes' ? ' required' : '';
  return `<label for="${id}">${safe(label)}</label><select id="${id}" name="${id}"${required}>${all.join('')}</select>`;
}

function textInput(name: string, label: string, value: string, isNeeded: boolean, isNumber = false): string {
  const more = `${isNeeded ? ' required' : ''}${isNumber ? ' inputmode="decimal"' : ''} maxlength="1000"`;
  return `<label for="${safe(name)}">${safe(label)}</label><input id="${safe(name)}" name="${safe(name)}" value="${safe(value)}"${more}>`;
}

const small = (text: string): string => `<p class="small">${safe(text)}</p>`;

/** The server does not know the zone of whoever reads it. */
const timeText = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** A text as HTML, also inside an attribute. */
const safe = (text: string): string => text.replaceAll(/[&<>"']/g, found => entities[found] ?? '');
