import { shapeOf } from '../../errors';
import { wordOf } from '../../words';
import { inputInvalid } from '../invalid';

/** What an operator wrote, unchecked. */
export type Fields = Record<string, unknown>;

/** @throws INPUT_INVALID */
export function count(given: unknown, field: string, least: number): number {
  if (typeof given === 'number' && Number.isInteger(given) && given >= least) return given;
  throw inputInvalid(field, `is ${shapeOf(given)}`, `Use a whole number from ${least} on.`);
}

/** The fields of an object. A name that is not `known` is refused: it is a typing error, and would silently do nothing. */
export function fieldsOf(given: unknown, field: string, known?: string[]): Fields {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw inputInvalid(field, `is ${shapeOf(given)}`, 'Write an object.');
  const unknown = known && Object.keys(given).find(name => !known.includes(name));
  if (unknown !== undefined)
    throw inputInvalid(`${field}.${unknown}`, 'is not a field', `Known are ${known?.join(', ')}.`);
  return given as Fields;
}

/** `null` takes a default template away, so it counts as left out. */
export function isLeftOut(value: unknown): boolean {
  return value === undefined || value === null;
}

/** Our words for billing's. Case does not matter, unless two words differ in nothing else. */
export type Words<W extends string> = Pick<ReadonlyMap<string, W>, 'get'>;

/** Our own words, and billing's words that a template maps to them. @throws INPUT_INVALID for a word that is none of ours */
export function readWords<W extends string>(given: unknown, field: string, ours: readonly W[]): Words<W> {
  const words = new Map<string, W>(ours.map(word => [word, word]));
  for (const [word, meant] of isLeftOut(given) ? [] : Object.entries(fieldsOf(given, field))) {
    const known = wordOf(ours, meant);
    if (!known) throw inputInvalid(`${field}.${word}`, `is ${shapeOf(meant)}`, `Use ${ours.join(', ')}.`);
    words.set(word, known);
  }
  const names = [...words.keys()];
  return { get: word => words.get(word) ?? words.get(wordOf(names, word) ?? '') };
}
