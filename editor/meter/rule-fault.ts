import { AdapterError } from '../../lib/errors';
import { say } from '../red';

/** Which row cannot be used, in the user's language. */
export function ruleFault(error: unknown): string {
  const [, row = '', column = ''] = /^rules\[(\d+)\]\.?(\w*)/.exec(subjectOf(error)) ?? [];
  return row === ''
    ? say('valid.json')
    : say('valid.rule', { row: Number(row) + 1, column: column && say(`rules.${column}`) });
}

const subjectOf = (error: unknown): string => (error instanceof AdapterError ? (error.cause.subject ?? '') : '');
