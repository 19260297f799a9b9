import { AdapterError, shapeOf } from '../../errors';
import { foldId, foldWapId } from '../../ids';
import { wordOf } from '../../words';

/** Whose ids are mapped to whose: the short names of the WAP installation and of the billing system. */
export interface MappingScope {
  installation: string;
  target: string;
}

/** What an administrator enters. `kind` is `plan`, `addon`, `subscription`, `user` or a word of their own. Absent `name` and
 *  `note` keep what is stored; `null` or an empty text clears them. */
export interface MappingInput {
  kind: string;
  wapId: string;
  billingId: string;
  name?: string | null;
  note?: string | null;
}

/** One WAP id and its billing id, as stored. Times in ms UTC. */
export interface MappingEntry extends MappingScope {
  kind: string;
  wapId: string;
  billingId: string;
  name: string | null;
  note: string | null;
  createdAt: number;
  updatedAt: number;
}

/** The fields of an entry that people enter. */
export type MappingField = 'kind' | 'wapId' | 'billingId' | 'name' | 'note';

/** Longest text of each field, in characters. */
const longest: Record<MappingField, number> = { kind: 60, wapId: 400, billingId: 400, name: 1000, note: 10_000 };

/** One thing that is wrong with an entry. */
export interface FieldProblem {
  field: MappingField;
  /** What is wrong and what to do about it. */
  problem: string;
}

/** Everything that is wrong with an entry; empty when it can be stored. Values are described, never quoted. */
export function problemsOf(entry: Record<MappingField, unknown>): FieldProblem[] {
  const found: FieldProblem[] = [];
  for (const field of ['kind', 'wapId', 'billingId'] as const) {
    const problem = problemOfId(entry[field], longest[field]);
    if (problem) found.push({ field, problem });
  }
  for (const field of ['name', 'note'] as const) {
    const value = entry[field];
    const problem = value === undefined || value === null ? null : problemOfText(value, longest[field]);
    if (problem) found.push({ field, problem });
  }
  return found;
}

/** Ids are compared letter by letter, so what nobody can see in a list (spaces at the ends, control characters) is refused. */
function problemOfId(value: unknown, limit: number): string | null {
  if (value === undefined || value === null || value === '') return `is ${shapeOf(value)}: give a text`;
  const problem = problemOfText(value, limit);
  if (problem || typeof value !== 'string') return problem;
  if (value.trim() !== value) return 'begins or ends with a space: remove it';
  if (value.includes('\uFFFD'))
    return 'holds the mark of a letter that could not be read (U+FFFD): read the file as UTF-8';
  if (/\p{Cc}/u.test(value)) return 'holds a line break or another control character: remove it';
  return null;
}

function problemOfText(value: unknown, limit: number): string | null {
  if (typeof value !== 'string') return `is ${shapeOf(value)}: give a text`;
  if (value.length > limit) return `is ${shapeOf(value)}: give at most ${limit}`;
  // Neither store can keep these characters: they would come back as something else.
  if (value.includes('\0') || /\p{Surrogate}/u.test(value)) return 'holds a character that cannot be stored: remove it';
  return null;
}

/** @throws INPUT_MISSING or INPUT_INVALID naming the first bad field. */
export function checkEntry(entry: MappingInput): void {
  const first = problemsOf({ name: null, note: null, ...entry })[0];
  if (!first) return;
  const missing = entry[first.field] === undefined || entry[first.field] === null || entry[first.field] === '';
  throw new AdapterError(missing ? 'INPUT_MISSING' : 'INPUT_INVALID', `Mapping: ${first.field} ${first.problem}.`, {
    subject: first.field,
  });
}

/** The kinds that nodes of this package look up. */
const ourKinds = ['plan', 'addon', 'subscription', 'subscriptionAddon', 'user'] as const;

/** A kind as it is stored: ours in our spelling, others as typed. */
export function kindOf(typed: string): string {
  return wordOf(ourKinds, typed) ?? typed;
}

/** A key that is equal for every spelling of the same ids. */
export function wapKeyOf({ kind, wapId }: { kind: string; wapId: string }): string {
  return foldWapId(kindOf(kind), wapId);
}

/** The same for billing's id, which is folded in one way whatever its kind. */
export function billingKeyOf({ billingId }: { billingId: string }): string {
  return foldId(billingId);
}

/** Letters without case and accents, so that `facturacion` finds `Facturación`. */
export function foldText(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
