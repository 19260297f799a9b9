import { AdapterError, shapeOf } from '../../errors';
import { inputInvalid } from '../invalid';
import type { Compile, Evaluate } from '../settings';
import { functions } from './functions';
import { encodePart, parseText, textOf } from './placeholders';
import { notPlain, plainTemplate } from './plain-template';

/** A template that does not compile, or gives something that cannot be used. The problem never quotes a value. */
export function templateFailed(field: string, problem: string, remedy: string): AdapterError {
  return AdapterError.advising('BILLING_TEMPLATE', `${field} ${problem}. ${remedy}`, { subject: field });
}

/** @throws INPUT_INVALID when it is not a text; BILLING_TEMPLATE when it does not compile, or later when it fails. */
export function compileExpression(compile: Compile, text: unknown, field: string): Evaluate {
  if (typeof text !== 'string' || text.trim() === '')
    throw inputInvalid(field, `is ${shapeOf(text)}`, 'Write a JSONata expression.');
  const evaluate = attempt(() => compile(text), field, 'is not valid JSONata');
  const simple = plainTemplate(text);
  const ours = Object.fromEntries(Object.entries(functions).filter(([name]) => text.includes(`$${name}`)));
  return async (data, bindings) => {
    const known = simple ? simple(data) : notPlain;
    if (known !== notPlain) return known;
    try {
      return plain(await evaluate(data, { ...ours, ...bindings }));
    } catch (error) {
      throw templateFailed(field, `failed: ${reasonOf(error)}`, 'Correct the expression.');
    }
  };
}

/** A text with placeholders, as a function of the data. In a path (`encoded`) values are percent-encoded and must not be empty,
 *  because `/offers/` is another address than `/offers/gold`. */
export function compileText(
  compile: Compile,
  text: unknown,
  field: string,
  encoded: boolean,
): (data: unknown) => Promise<string> {
  if (typeof text !== 'string') throw inputInvalid(field, `is ${shapeOf(text)}`, 'Write a text.');
  const parts = attempt(() => parseText(text), field, 'cannot be read').map(part =>
    'literal' in part ? part.literal : compileExpression(compile, part.expression, `${field}: {${part.expression}}`),
  );
  return async data => {
    let result = '';
    for (const part of parts) {
      if (typeof part === 'string') {
        result += part;
        continue;
      }
      const given = await part(data);
      const value = attempt(() => (encoded ? encodePart(textOf(given)) : textOf(given)), field, 'failed');
      if (encoded && value === '')
        throw templateFailed(
          field,
          'has a placeholder that gave nothing',
          'Use a value that is always known, like {key}.',
        );
      result += value;
    }
    return result;
  };
}

function attempt<T>(work: () => T, field: string, problem: string): T {
  try {
    return work();
  } catch (error) {
    throw templateFailed(field, `${problem}: ${reasonOf(error)}`, 'Correct the template.');
  }
}

/** JSONata throws plain objects. A message that quotes a value is left out: it may be a customer's, or a secret. */
function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'no reason was given';
  const { code, message, position } = error as { code?: unknown; message?: unknown; position?: unknown };
  const quotesValue = 'value' in error || 'value2' in error;
  const words = !quotesValue && typeof message === 'string' && message !== '' ? message : null;
  const where = typeof position === 'number' ? `at character ${position}` : null;
  const known = [words, typeof code === 'string' ? code : null, where].filter(word => word !== null);
  return known.length === 0 ? 'no reason was given' : known.join(', ');
}

/** JSONata's lists carry marks of its own, which a copy does not. */
function plain(value: unknown): unknown {
  return Array.isArray(value) ? Array.from(value) : value;
}
