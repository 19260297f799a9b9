import { shapeOf } from '../errors';
import type { HttpCall } from '../http';
import { inputInvalid } from './expression';
import type { OfferState } from './port';

export type Fields = Record<string, unknown>;

export const methods: readonly string[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
export const offerStates: readonly string[] = ['absent', 'draft', 'active', 'retired'];

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

export function isMethod(value: unknown): value is HttpCall['method'] {
  return typeof value === 'string' && methods.includes(value);
}

export function isOfferState(value: unknown): value is OfferState {
  return typeof value === 'string' && offerStates.includes(value);
}
