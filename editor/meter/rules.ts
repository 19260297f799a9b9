import { readRules } from '../../lib/usage/meter/read-rules';
import { say } from '../red';
import { type Column, table } from '../table';
import { type Validator, withReason } from '../valid';
import { offerValues } from './offer';
import { ruleFault } from './rule-fault';
import { tryRecord } from './try-record';

const aggregates = ['sum', 'max', 'min', 'last', 'average', 'unit-hours'];
const windows = ['', 'hour', 'day', 'month'];
/** What these hold is chosen from what there is, or written freely. */
const offered = ['provider', 'serviceType', 'resource', 'metric', 'meter', 'unit'];

/** The table of metering rules in `#node-input-<name>`, with a place below it to test them with a record; an empty one
 *  begins with the ready rules. `connection` is the dialog's property with WAP. */
export function meterRules(name: string, ready: unknown, connection: string): void {
  const field = $(`#node-input-${name}`);
  if (isEmpty(field.val())) field.val(JSON.stringify(Array.isArray(ready) ? ready : []));
  const listOf = (column: string) => `wap-billing-${name}-${column}`;
  const text = (column: string): Column => ({
    ...{ name: column, placeholder: say(`rules.${column}`), hint: say(`rules.hint.${column}`) },
    ...(offered.includes(column) ? { list: listOf(column) } : {}),
  });
  const words = (list: string[]) => Object.fromEntries(list.map(word => [word, say(`rules.word.${word || 'node'}`)]));
  const columns = [
    ...['provider', 'serviceType', 'resource', 'metric', 'meter', 'unit', 'factor'].map(text),
    { ...text('aggregate'), words: words(aggregates) },
    { ...text('window'), words: words(windows) },
  ];
  table(name, columns, { headings: true, filter: say('rules.filter') });
  offerValues({ field, ready, columns: offered, listOf, connection });
  tryRecord({ field, connection });
}

/** The same check as at the start of the node: rules that bill one metric in two ways cannot be saved unnoticed. */
export const validMeterRules = (): Validator =>
  withReason(value => {
    try {
      readRules(JSON.parse(String(value || '[]')));
      return true;
    } catch (error) {
      return ruleFault(error);
    }
  });

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || value === '[]';
}
