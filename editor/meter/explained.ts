import type { Explained, Fate } from '../../lib/usage/meter/explain';
import type { UsageRecord } from '../../lib/wap/types';
import { say } from '../red';

/** What a person tells a record by. */
export const nameOf = ({ ProviderName, ServiceType, ResourceId, EventId }: UsageRecord): string =>
  [ProviderName, ServiceType, ResourceId, EventId].filter(Boolean).join(' · ');

/** What rules make of one record: a line a value, and what goes to billing. */
export function drawExplained(record: UsageRecord, { fates, quantities, fault }: Explained): JQuery {
  const name = nameOf(record);
  const title = $('<h4/>').text(name);
  if (fault !== null)
    return $('<section/>').append(title, $('<p class="wap-billing-meter-odd"/>').text(oddText(fault)));
  const columns = ['metric', 'value', 'row', 'becomes'];
  const head = $('<tr/>').append(columns.map(column => $('<th scope="col"/>').text(say(`meter.${column}`))));
  const table = $('<table/>')
    .attr('aria-label', name)
    .append($('<thead/>').append(head), $('<tbody/>').append(fates.map(drawFate)));
  const sent = quantities.map(quantityText).join(' · ');
  const sum = $('<p/>').text(sent === '' ? say('meter.nothing') : say('meter.sent', { quantities: sent }));
  return $('<section/>').append(title, table, sum);
}

function drawFate(fate: Fate): JQuery {
  const { text, look } = becomes(fate);
  return $('<tr/>').append(
    $('<td/>').text(fate.metric),
    $('<td/>').text(String(fate.value ?? '')),
    $('<td/>').text(fate.row === null ? '–' : String(fate.row)),
    $('<td/>').addClass(look).text(text),
  );
}

function becomes({ row, quantity, odd }: Fate): { text: string; look: string } {
  if (odd !== null) return { text: oddText(odd), look: 'wap-billing-meter-odd' };
  if (quantity) return { text: quantityText(quantity), look: 'wap-billing-meter-billed' };
  return row === null
    ? { text: say('meter.unknown'), look: 'wap-billing-meter-odd' }
    : { text: say('meter.notBilled'), look: '' };
}

const quantityText = ({ meter, unit, quantity }: { meter: string; unit: string | null; quantity: string }): string =>
  [`${meter}:`, quantity, unit].filter(part => part !== null).join(' ');

/** Reasons as the third output says them, in the words of the user. */
function oddText(reason: string): string {
  const words = reason.toLowerCase().split(' ');
  const key = `meter.odd.${words.join('-')}`;
  const text = say(key);
  return say('meter.isOdd', { reason: text.endsWith(key) ? reason : text });
}
