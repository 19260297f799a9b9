import { AdapterError, invalidField, shapeOf } from '../errors';
import type { Asked, ChosenAnswer, QuestionField } from '../state/tables/question';

/** An answer as it comes from a form or a message. */
export interface GivenAnswer {
  /** The text of the choice, in any case. */
  choice: unknown;
  /** By the names of the fields; an empty text is none. */
  values?: unknown;
  note?: unknown;
  /** Who answers. */
  by: string;
  /** Where the answer was given. */
  how: 'desk' | 'message' | 'link';
}

/** Reads an answer to what was asked.
 *  @throws INPUT_MISSING, INPUT_INVALID naming the field as the form does */
export function readAnswer(asked: Asked, given: GivenAnswer): ChosenAnswer {
  const choice = choiceOf(asked, given.choice);
  const values = valuesOf(given.values);
  const unknown = Object.keys(values).find(name => !asked.fields.some(field => field.name === name));
  if (unknown !== undefined) {
    const known = asked.fields.map(({ name }) => name).join(', ') || 'none';
    throw invalidField(unknown, `is not asked for here. The fields are: ${known}.`);
  }
  const read = asked.fields.flatMap(field => {
    const value = fieldValue(field, values[field.name]);
    if (value !== undefined) return [[field.name, value] as const];
    if (field.needed === 'yes' || (field.needed === 'first' && choice === 0)) throw missing(field.label);
    return [];
  });
  return {
    choice,
    values: Object.fromEntries(read),
    note: typeof given.note === 'string' ? given.note.trim() : '',
    by: personOf(asked, given),
    how: given.how,
  };
}

/** The number of the choice, from 0. @throws INPUT_MISSING, INPUT_INVALID */
function choiceOf({ choices }: Asked, given: unknown): number {
  if (given === undefined || given === null || given === '') throw missing('choice');
  const word = String(given).trim().toLowerCase();
  const index = choices.findIndex(each => each.trim().toLowerCase() === word);
  if (index >= 0) return index;
  throw invalidField('choice', `has to be one of: ${choices.join(', ')}.`);
}

/** The value of one field; undefined when nothing was filled in. @throws INPUT_INVALID */
function fieldValue({ label, kind, options }: QuestionField, given: unknown): string | number | undefined {
  if (given === undefined || given === null || given === '') return undefined;
  if (typeof given !== 'string' && typeof given !== 'number')
    throw invalidField(label, `is ${shapeOf(given)}, not a text.`);
  const text = String(given).trim();
  if (text === '') return undefined;
  if (kind === 'number') {
    const value = Number(text);
    if (!Number.isFinite(value)) throw invalidField(label, 'has to be a number, such as 12.5.');
    return value;
  }
  if (kind === 'choice' && !options.includes(text))
    throw invalidField(label, `has to be one of: ${options.join(', ')}.`);
  return text;
}

/** What was filled in, by the names of the fields. @throws INPUT_INVALID */
function valuesOf(given: unknown): Record<string, unknown> {
  if (given === undefined || given === null) return {};
  if (typeof given === 'object' && !Array.isArray(given)) return { ...given };
  throw invalidField('values', `is ${shapeOf(given)}, not an object with a value for each field.`);
}

/** Who answers, as the question spells the name. @throws INPUT_MISSING, INPUT_INVALID for somebody who may not */
function personOf({ people }: Asked, { by }: GivenAnswer): string {
  const name = by.trim();
  if (people.length === 0) return name;
  const found = people.find(each => each.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  if (name === '') throw missing('name');
  throw invalidField('name', `may not answer this; ${people.join(', ')} may.`);
}

const missing = (field: string): AdapterError =>
  AdapterError.advising('INPUT_MISSING', `${field}: fill it in.`, { subject: field });
