import { say } from '../../red';
import type { Filter } from '../view';
import { button } from './note';
import { type Suggestion, suggestions } from './suggestions';

/** A field of a filter: a text to search for, a choice, or a day. */
export interface FilterField {
  name: string;
  label: string;
  /** The words of a choice with their texts; the empty word is "all". */
  words?: Record<string, string>;
  isDay?: boolean;
  /** What a text can mean, as it is typed. */
  suggest?(text: string): Promise<Suggestion[]>;
  /** Seldom needed: out of sight until somebody wants all. */
  isMore?: boolean;
}

const pauseMs = 300;

/** A bar of filters. `changed` gets all values, a moment after the last key. */
export function filterBar(fields: FilterField[], values: Filter, changed: (filter: Filter) => void): JQuery {
  const bar = $('<div class="wap-billing-desk-filter" role="search"/>');
  const inputs = fields.map(field => ({ field, input: inputOf(field).val(values[field.name] ?? '') }));
  const read = (): Filter =>
    Object.fromEntries(inputs.map(({ field, input }) => [field.name, String(input.val() ?? '')]));
  let timer = 0;
  let told = JSON.stringify(read());
  /** A field that is left says again what its last key said. */
  const tell = () => {
    const filter = read();
    const words = JSON.stringify(filter);
    if (words !== told) changed(filter);
    told = words;
  };
  for (const { field, input } of inputs) {
    input.attr({ 'aria-label': field.label, 'data-filter': field.name });
    const shown = field.isDay ? withLabel(field, input) : input;
    bar.append(shown.toggleClass('is-more', !!field.isMore), field.suggest ? suggestions(field.suggest, input) : []);
    input.on('change', tell).on('input', () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(tell, pauseMs);
    });
  }
  const more = fields.filter(({ isMore }) => isMore);
  if (more.length > 0)
    bar.append(
      moreButton(
        bar,
        more.some(({ name }) => values[name]),
      ),
    );
  return bar;
}

function moreButton(bar: JQuery, isOpen: boolean): JQuery {
  const toggle = (all: boolean) => {
    bar.toggleClass('is-all', all);
    made.attr('aria-expanded', String(all)).toggleClass('selected', all);
  };
  const made = button(say('desk.moreFilters'), 'fa-filter', () => toggle(!bar.hasClass('is-all')));
  toggle(isOpen);
  return made;
}

/** An empty day says nothing of itself. */
const withLabel = ({ label }: FilterField, input: JQuery): JQuery =>
  $('<label class="wap-billing-desk-day"/>').append($('<span/>').text(label), input);

function inputOf({ label, words, isDay }: FilterField): JQuery {
  if (isDay) return $('<input type="date"/>');
  if (!words) return $('<input type="search"/>').attr('placeholder', label);
  return $('<select/>').append(Object.entries(words).map(([word, text]) => new Option(text, word)));
}
