import { invalidField } from '../lib/errors';
import type { QuestionField } from '../lib/state/tables/question';
import { asObject, asText, choice, optionalText } from './inputs';

/** The text of an answer, as the dialog saves it: a row with `choice`. @throws INPUT_INVALID naming it */
export const readChoice = (row: unknown, field: string): string =>
  asText(asObject(row, field).choice, `${field}.choice`).trim();

/** What is to be filled in, as the dialog saves it: `name`, `label`, `kind`, `options` (texts with commas between them) and `needed`.
 *  @throws INPUT_INVALID naming what is wrong */
export function readField(row: unknown, field: string): QuestionField {
  const { kind, needed, ...texts } = asObject(row, field);
  const name = asText(texts.name, `${field}.name`).trim();
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    throw invalidField(
      `${field}.name`,
      `"${name}" cannot be the name of a property: letters, digits and _ only, and no digit first.`,
    );
  }
  const read: QuestionField = {
    name,
    label: optionalText(texts.label, `${field}.label`)?.trim() || name,
    kind: choice('text', 'number', 'choice').parse(kind || 'text', `${field}.kind`),
    options: readList(optionalText(texts.options, `${field}.options`) ?? '', /,/),
    needed: choice('no', 'yes', 'first').parse(needed || 'no', `${field}.needed`),
  };
  if (read.kind === 'choice' && read.options.length === 0) {
    throw invalidField(`${field}.options`, 'give the texts to choose from, with commas between them.');
  }
  return read;
}

/** Names with commas, semicolons or line ends between them. */
export const readPeople = (text: string): string[] => readList(text, /[,;\n]/);

const readList = (text: string, between: RegExp): string[] => [
  ...new Set(
    text
      .split(between)
      .map(each => each.trim())
      .filter(Boolean),
  ),
];
