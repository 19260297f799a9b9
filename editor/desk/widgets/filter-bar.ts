import type { Filter } from '../view';

/** A field of a filter: a text to search for, a choice, or a day. */
export interface FilterField {
  name: string;
  label: string;
  /** The words of a choice with their texts; the empty word is "all". */
  words?: Record<string, string>;
  isDay?: boolean;
}

const pauseMs = 300;

/** A bar of filters. `changed` gets all values, a moment after the last key. */
export function filterBar(fields: FilterField[], values: Filter, changed: (filter: Filter) => void): JQuery {
  const bar = $('<div class="wap-billing-desk-filter" role="search"/>');
  const inputs = fields.map(field => ({ field, input: inputOf(field).val(values[field.name] ?? '') }));
  let timer = 0;
  const tell = () =>
    changed(Object.fromEntries(inputs.map(({ field, input }) => [field.name, String(input.val() ?? '')])));
  for (const { field, input } of inputs) {
    input.attr({ 'aria-label': field.label, 'data-filter': field.name }).appendTo(bar);
    input.on('change', tell).on('input', () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(tell, pauseMs);
    });
  }
  return bar;
}

function inputOf({ label, words, isDay }: FilterField): JQuery {
  if (isDay) return $('<input type="date"/>').attr('title', label);
  if (!words) return $('<input type="search"/>').attr('placeholder', label);
  return $('<select/>').append(Object.entries(words).map(([word, text]) => new Option(text, word)));
}
