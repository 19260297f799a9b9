/** A field of a form: a line of text, a number, several lines, a choice with its texts, or a tick. */
export interface FormField {
  name: string;
  label: string;
  value?: string;
  /** The values to choose from, each with its text, in this order. */
  words?: Array<readonly [value: string, text: string]>;
  isNumber?: boolean;
  isLong?: boolean;
  isTick?: boolean;
  /** Shown and not to be changed. */
  isFixed?: boolean;
}

/** A field with its label: `row` holds both, `held` says what is filled in. `form` is in its id, one for each form. */
export function formField(form: string, field: FormField): { row: JQuery; input: JQuery; held(): string | boolean } {
  const id = `wap-billing-desk-form-${form}-${field.name}`;
  const input = inputOf(field).attr({ id, 'data-field': field.name }).prop('disabled', !!field.isFixed);
  const label = $('<label/>').attr('for', id).text(field.label);
  const row = $('<div class="wap-billing-desk-field"/>')
    .toggleClass('is-tick', !!field.isTick)
    .append(field.isTick ? [input, label] : [label, input]);
  return { row, input, held: () => (field.isTick ? input.is(':checked') : String(input.val() ?? '').trim()) };
}

function inputOf({ value = '', words, isNumber, isLong, isTick }: FormField): JQuery {
  if (isTick) return $('<input type="checkbox"/>');
  if (words)
    return $('<select/>')
      .append(words.map(([word, text]) => new Option(text, word)))
      .val(value);
  if (isLong) return $('<textarea rows="3"/>').val(value);
  return $('<input type="text"/>')
    .attr('inputmode', isNumber ? 'decimal' : 'text')
    .val(value);
}
