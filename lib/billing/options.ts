import { shapeOf } from '../errors';
import { wordOf } from '../words';
import { inputInvalid } from './invalid';
import { fitsShape, type OptionField, type OptionFields, plainOptions, wantsSecret } from './provider-form';

/** The options of one connection by name, checked, and the second secret where one is wanted. Empty options take their preset; those of
 *  another provider are left out.
 *  @throws INPUT_INVALID naming `options.<name>`, or `secondSecret` when it is wanted and missing */
export function optionsOf(
  fields: OptionFields,
  { options = {}, secondSecret = '' }: { options?: Readonly<Record<string, unknown>>; secondSecret?: string },
): { options: Record<string, string>; secondSecret: string } {
  const read = plainOptions(fields).map(([name, field]) => [name, optionOf(field, options[name], `options.${name}`)]);
  const checked: Record<string, string> = Object.fromEntries(read);
  if (wantsSecret(fields, checked) && secondSecret === '')
    throw inputInvalid('secondSecret', 'is empty', 'Give the second secret that this billing system wants.');
  return { options: checked, secondSecret };
}

function optionOf(field: OptionField, given: unknown, at: string): string {
  const { preset, optional, words, shape } = field;
  const text = typeof given === 'string' ? given.trim() : given;
  if (text === undefined || text === '') {
    if (preset !== '' || optional) return preset;
    throw inputInvalid(at, 'is empty', 'Fill it in.');
  }
  if (typeof text !== 'string') throw inputInvalid(at, `is ${shapeOf(text)}`, 'Write a text.');
  const known = words ? wordOf(words, text) : text;
  if (known === undefined) throw inputInvalid(at, `is ${shapeOf(text)}`, `Use ${words?.join(', ')}.`);
  if (!fitsShape(field, known)) throw inputInvalid(at, `is ${shapeOf(text)}`, `Write it like ${shape?.sample}.`);
  return known;
}
