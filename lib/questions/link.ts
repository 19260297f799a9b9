import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Question } from '../state/tables/question';

/** The key in an e-mail's link: good for one person's answer to one question. It is derived and never stored, so that a
 *  reminder can send it again.
 *  @param person one of `people`, or empty where anybody may answer */
export function tokenOf({ id, nonce }: Pick<Question, 'id' | 'nonce'>, person: string): string {
  return createHmac('sha256', nonce).update(`${id}\n${person.toLowerCase()}`).digest('base64url');
}

/** Who gets a link of their own; one empty name where anybody may answer. */
export const personsOf = ({ people }: Pick<Question, 'people'>): readonly string[] =>
  people.length > 0 ? people : [''];

/** Whose link a token is; `null` when it is nobody's. */
export function personOfToken(question: Question, token: string): string | null {
  return personsOf(question).find(person => isSame(tokenOf(question, person), token)) ?? null;
}

/** In a time that says nothing of where they differ. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
