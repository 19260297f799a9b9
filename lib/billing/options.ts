import { shapeOf } from '../errors';
import { wordOf } from '../words';
import { inputInvalid } from './invalid';

/** What a provider wants to know beside address and credentials; the dialog of `billing-connection` is drawn from it. */
export interface OptionField {
  /** What the dialog begins with. */
  preset: string;
  /** May be left empty. */
  optional?: true;
  /** A closed list. */
  words?: readonly string[];
  /** A regular expression of its whole text, and a text that fits. */
  shape?: { pattern: string; sample: string };
  /** Kept as a credential; a provider has at most one. */
  secret?: true;
  /** Wanted only where this other option is filled in. */
  with?: string;
}

export type OptionFields = Readonly<Record<string, OptionField>>;

/** Whether a second secret is wanted, as the options are. */
export function wantsSecret(fields: OptionFields, given: Readonly<Record<string, unknown>> = {}): boolean {
  return Object.values(fields).some(({ secret, with: other }) => secret === true && (!other || Boolean(given[other])));
}

/** The options of one connection by name, checked. Empty ones take their preset; those of another provider are left out.
 *  @throws INPUT_INVALID naming `options.<name>` */
export function optionsOf(fields: OptionFields, given: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  const plain = Object.entries(fields).filter(([, { secret }]) => !secret);
  return Object.fromEntries(plain.map(([name, field]) => [name, optionOf(field, given[name], `options.${name}`)]));
}

function optionOf({ preset, optional, words, shape }: OptionField, given: unknown, at: string): string {
  const text = typeof given === 'string' ? given.trim() : given;
  if (text === undefined || text === '') {
    if (preset !== '' || optional) return preset;
    throw inputInvalid(at, 'is empty', 'Fill it in.');
  }
  if (typeof text !== 'string') throw inputInvalid(at, `is ${shapeOf(text)}`, 'Write a text.');
  const known = words ? wordOf(words, text) : text;
  if (known === undefined) throw inputInvalid(at, `is ${shapeOf(text)}`, `Use ${words?.join(', ')}.`);
  if (shape && !new RegExp(`^(?:${shape.pattern})$`).test(known))
    throw inputInvalid(at, `is ${shapeOf(text)}`, `Write it like ${shape.sample}.`);
  return known;
}
