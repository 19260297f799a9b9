import { say } from '../../red';
import { failure } from './note';
import { type Suggestion, suggestionsOrWhy } from './suggestions';

/** A field of a form: a line of text, several lines, a choice with its texts, or a tick. */
export interface FormField {
  name: string;
  label: string;
  value?: string;
  words?: Record<string, string>;
  isLong?: boolean;
  isTick?: boolean;
  /** Shown and not to be changed. */
  isFixed?: boolean;
  /** What it can take, with what the other fields hold. @throws (a text) why nothing is offered */
  suggest?(text: string, held: (name: string) => string): Promise<Suggestion[]>;
}

export interface FormOptions {
  title: string;
  /** What it is about, above the fields. */
  hint?: string;
  fields: FormField[];
  /** The word on the button that goes on. */
  go: string;
  /** Does it; what it throws is said in the box, which stays open with what was filled in. */
  save(values: Record<string, string | boolean>): Promise<void>;
}

/** A form in a box over the editor. */
export function formBox({ title, hint, fields, go, save }: FormOptions): void {
  const box = $('<form class="wap-billing-desk-form"/>');
  if (hint) box.append($('<p class="wap-billing-desk-small"/>').text(hint));
  const inputs = fields.map(field => ({ field, input: inputOf(field) }));
  const held = (name: string) => String(inputs.find(({ field }) => field.name === name)?.input.val() ?? '');
  for (const { field, input } of inputs) {
    const { suggest } = field;
    const offered = suggest ? suggestionsOrWhy(text => suggest(text, held), input) : [];
    box.append(rowOf(field, input).append(offered));
  }
  box.on('change', 'select', () => box.find('[role="status"]').empty()); // it was about another choice
  const said = $('<div/>').appendTo(box);
  const finish = async () => {
    said.empty();
    try {
      await save(Object.fromEntries(inputs.map(({ field, input }) => [field.name, filledIn(field, input)])));
      box.dialog('close');
    } catch (error) {
      said.append(failure(error));
    }
  };
  box.on('submit', event => {
    event.preventDefault();
    void finish();
  });
  box.append($('<input type="submit" class="wap-billing-desk-hidden" tabindex="-1" aria-hidden="true"/>'));
  box.dialog({
    modal: true,
    width: Math.min(500, window.innerWidth - 20),
    title,
    classes: { 'ui-dialog': 'wap-billing-desk-dialog' },
    buttons: [
      { text: say('desk.cancel'), click: () => void box.dialog('close') },
      { text: go, class: 'primary', click: () => void finish() },
    ],
    close: () => void box.dialog('destroy').remove(),
  });
}

const idOf = ({ name }: FormField): string => `wap-billing-desk-form-${name}`;

function inputOf(field: FormField): JQuery {
  const { value = '', words, isLong, isTick, isFixed } = field;
  const made = words
    ? $('<select/>').append(Object.entries(words).map(([word, text]) => new Option(text, word)))
    : isLong
      ? $('<textarea rows="3"/>')
      : $(`<input type="${isTick ? 'checkbox' : 'text'}"/>`);
  if (!isTick) made.val(value);
  return made.attr({ id: idOf(field), 'data-field': field.name }).prop('disabled', !!isFixed);
}

function rowOf(field: FormField, input: JQuery): JQuery {
  const label = $('<label/>').attr('for', idOf(field)).text(field.label);
  return $('<div class="wap-billing-desk-field"/>')
    .toggleClass('is-tick', !!field.isTick)
    .append(field.isTick ? [input, label] : [label, input]);
}

const filledIn = ({ isTick }: FormField, input: JQuery): string | boolean =>
  isTick ? input.is(':checked') : String(input.val() ?? '').trim();
