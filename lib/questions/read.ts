import { AdapterError, shapeOf } from '../errors';
import type { QuestionField } from '../state/question-rows';
import { wordOf } from '../words';

/** The texts of the choices, as the dialog saves them: rows with `choice`.
 *  @throws INPUT_INVALID naming the row */
export function readChoices(rows: unknown, field: string): string[] {
  const choices = listIn(rows, field).map((row, index) => textIn(row, 'choice', `${field}[${index}]`));
  if (choices.length > 0) return choices;
  throw AdapterError.advising('INPUT_MISSING', `${field}: there is nothing to choose from. Add one.`, {
    subject: field,
  });
}

/** Names with commas, semicolons or line ends between them. */
export const readPeople = (text: string): string[] => [
  ...new Set(
    text
      .split(/[,;\n]/)
      .map(each => each.trim())
      .filter(Boolean),
  ),
];

/** A field of the form, as the dialog saves it: `name`, `label`, `kind`, `options` (texts, with commas between them) and `needed`.
 *  @throws INPUT_INVALID naming what is wrong */
export function readField(row: unknown, field: string): QuestionField {
  const name = textIn(row, 'name', field);
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    throw invalid(
      `${field}.name`,
      `"${name}" cannot be the name of a property: letters, digits and _ only, and no digit first.`,
    );
  }
  const kind = wordOf(['text', 'number', 'choice'], valueIn(row, 'kind') || 'text');
  const needed = wordOf(['no', 'yes', 'first'], valueIn(row, 'needed') || 'no');
  if (kind === undefined) throw invalid(`${field}.kind`, 'has to be text, number or choice.');
  if (needed === undefined) throw invalid(`${field}.needed`, 'has to be no, yes or first.');
  const options = String(valueIn(row, 'options') ?? '')
    .split(',')
    .map(each => each.trim())
    .filter(Boolean);
  if (kind === 'choice' && options.length === 0)
    throw invalid(`${field}.options`, 'give the texts to choose from, with commas between them.');
  const label = String(valueIn(row, 'label') ?? '').trim() || name;
  return { name, label, kind, options, needed };
}

function listIn(rows: unknown, field: string): unknown[] {
  const found: unknown = typeof rows === 'string' ? parsed(rows, field) : rows;
  if (Array.isArray(found)) return found;
  throw invalid(field, `is ${shapeOf(found)}, not a list.`);
}

function parsed(text: string, field: string): unknown {
  try {
    return JSON.parse(text || '[]');
  } catch {
    throw invalid(field, 'is not JSON.');
  }
}

function textIn(row: unknown, name: string, field: string): string {
  const value = valueIn(row, name);
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  throw AdapterError.advising('INPUT_MISSING', `${field}.${name}: fill it in.`, { subject: `${field}.${name}` });
}

const valueIn = (row: unknown, name: string): unknown =>
  typeof row === 'object' && row !== null ? Reflect.get(row, name) : undefined;
const invalid = (field: string, what: string): AdapterError =>
  AdapterError.advising('INPUT_INVALID', `${field}: ${what}`, { subject: field });
