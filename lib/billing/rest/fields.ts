import { shapeOf } from '../../errors';
import type { HttpCall } from '../../http/types';
import { wordOf } from '../../words';
import { inputInvalid } from '../invalid';

export type Fields = Record<string, unknown>;

export const methods: ReadonlyArray<HttpCall['method']> = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** @throws INPUT_INVALID */
export function count(given: unknown, field: string, least: number): number {
  if (typeof given === 'number' && Number.isInteger(given) && given >= least) return given;
  throw inputInvalid(field, `is ${shapeOf(given)}`, `Use a whole number from ${least} on.`);
}

/** The fields of an object; a name that is not `known` is refused, because it is a slip of the pen. */
export function fieldsOf(given: unknown, field: string, known?: string[]): Fields {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw inputInvalid(field, `is ${shapeOf(given)}`, 'Write an object.');
  const unknown = known && Object.keys(given).find(name => !known.includes(name));
  if (unknown !== undefined)
    throw inputInvalid(`${field}.${unknown}`, 'is not a field', `Known are ${known?.join(', ')}.`);
  return given as Fields;
}

export function isLeftOut(value: unknown): boolean {
  return value === undefined || value === null;
}

/** Our words for billing's, whatever the case of a word is where no other one is written exactly so. */
export type Words<W extends string> = Pick<ReadonlyMap<string, W>, 'get'>;

/** Our own words, and those that a template says for them. @throws INPUT_INVALID for what is none of ours */
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
