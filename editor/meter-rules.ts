import { AdapterError } from '../lib/errors';
import { readRules } from '../lib/usage/meter/read-rules';
import { say } from './red';
import { type Column, table } from './table';
import { type Validator, withReason } from './valid';

const aggregates = ['sum', 'max', 'min', 'last', 'average', 'unit-hours'];
const windows = ['', 'hour', 'day', 'month'];

/** The table of metering rules in `#node-input-<name>`; an empty one begins with the ready rules. */
export function meterRules(name: string, ready: unknown): void {
  const field = $(`#node-input-${name}`);
  if (isEmpty(field.val())) field.val(JSON.stringify(Array.isArray(ready) ? ready : []));
  const text = (column: string): Column => ({ name: column, placeholder: say(`rules.${column}`) });
  const words = (list: string[]) => Object.fromEntries(list.map(word => [word, say(`rules.word.${word || 'node'}`)]));
  table(name, [
    ...['provider', 'serviceType', 'resource', 'metric'].map(text),
    { ...text('meter'), below: true, grow: 2 },
    text('unit'),
    text('factor'),
    { ...text('aggregate'), words: words(aggregates) },
    { ...text('window'), words: words(windows) },
  ]);
}

/** The same check as at the start of the node: rules that bill one metric in two ways cannot be saved unnoticed. */
export const validMeterRules = (): Validator =>
  withReason(value => {
    try {
      readRules(JSON.parse(String(value || '[]')));
      return true;
    } catch (error) {
      const [, row = '', column = ''] = /^rules\[(\d+)\]\.?(\w*)/.exec(subjectOf(error)) ?? [];
      return row === ''
        ? say('valid.json')
        : say('valid.rule', { row: Number(row) + 1, column: column && say(`rules.${column}`) });
    }
  });

const subjectOf = (error: unknown): string => (error instanceof AdapterError ? (error.cause.subject ?? '') : '');

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || value === '[]';
}
