import { isObject } from '../lib/errors';
import { objectIn } from './object-in';
import { say } from './red';
import { sections, type TemplateField, type TemplateSection } from './template-fields';
import { tryButton } from './try-call';

type Values = Record<string, unknown>;

/** The templates of one dialog: what the runtime has by default, and what holds now. */
interface State {
  defaults: Values;
  current: Values;
  save(): void;
}

/** The calls to a billing system, one foldable box each in `#wap-billing-templates`. Kept as JSON text in
 *  `#node-config-input-<name>`, which holds only what differs from `defaults`; `null` there takes an operation away. */
export function templates(name: string, defaults: unknown, node: { type: string; id: string }): void {
  const field = $(`#node-config-input-${name}`);
  const known = isObject(defaults) ? defaults : {};
  const state: State = {
    defaults: known,
    current: { ...known, ...objectIn(field.val()) },
    save: () => field.val(JSON.stringify(differences(state))).trigger('change'),
  };
  const host = $('#wap-billing-templates').empty();
  for (const section of sections) box(section, state, node).appendTo(host);
}

function box(section: TemplateSection, state: State, node: { type: string; id: string }): JQuery {
  const frame = $('<details class="wap-billing-template"/>').attr('data-section', section.name);
  const title = $('<summary/>').css({ cursor: 'pointer', padding: '4px 0' }).appendTo(frame);
  const content = $('<div/>').css({ padding: '4px 0 8px 12px' }).appendTo(frame);
  const rows = $('<div/>');
  const controls = section.fields.map(field => ({ field, control: control(section, field) }));
  const has = $('<input type="checkbox"/>').css({ width: 'auto', margin: '0 6px 0 0' });

  const show = () => {
    const values = valuesOf(section, state.current);
    rows.toggle(values !== null);
    title.empty().append($('<b/>').text(say(section.label)), ' ', $('<code/>').text(callOf(values)));
    $('<i/>')
      .css({ marginLeft: '6px', opacity: 0.7 })
      .text(say(markOf(section, state)))
      .appendTo(title);
  };
  const fill = () => {
    const values = valuesOf(section, state.current);
    has.prop('checked', values !== null);
    // What a billing system lacks is offered as it usually is, for when the box is ticked.
    const shown = values ?? valuesOf(section, state.defaults);
    for (const { field, control } of controls) {
      write(control, field, field.toText(shown?.[field.name]));
      if (field.look === 'expression') judge(control);
    }
    show();
  };
  const take = () => {
    const typed = controls.map(({ field, control }) => [field.name, field.fromText(String(control.val() ?? ''))]);
    // What the dialog has no field for is kept.
    const values = { ...valuesOf(section, state.current), ...Object.fromEntries(typed) };
    put(section, state.current, has.prop('checked') ? values : null);
    show();
    state.save();
  };
  const reset = () => {
    put(section, state.current, valuesOf(section, state.defaults));
    fill();
    state.save();
  };

  if (section.optional) {
    $('<label/>').css({ width: 'auto' }).append(has, say('templates.has')).appendTo(content);
    has.on('change', take);
  }
  for (const { field, control } of controls) {
    if (field.look === 'expression') control.on('change input', () => judge(control));
    row(field, control.on('change input', take)).appendTo(rows);
  }
  $('<button type="button" class="red-ui-button red-ui-button-small"/>')
    .text(say('templates.reset'))
    .on('click', reset)
    .appendTo(content.append(rows));
  if (!section.top) content.append(tryButton(section.name, node));
  fill();
  return frame;
}

function control(section: TemplateSection, field: TemplateField): JQuery {
  const id = `wap-billing-template-${section.name}-${field.name}`;
  const css = { width: '100%', fontFamily: 'var(--red-ui-monospace-font, monospace)' };
  if (field.look === 'choice') {
    const options = field.words?.map(word => new Option(word || say('templates.default'), word)) ?? [];
    return $('<select/>').attr({ id }).append(options);
  }
  const input = field.look === 'line' ? $('<input type="text"/>') : $('<textarea/>').attr('rows', 2);
  return input.attr({ id, placeholder: field.hint ?? '', spellcheck: 'false' }).css(css);
}

/** Marks an expression that does not compile, with what is wrong with it. */
function judge(control: JQuery): void {
  const fault = faultOf(String(control.val() ?? ''));
  control.toggleClass('input-error', fault !== '').attr({ title: fault, 'aria-invalid': String(fault !== '') });
}

/** By the JSONata that Node-RED's editor has; empty: none. */
function faultOf(expression: string): string {
  if (expression.trim() === '') return '';
  try {
    jsonata(expression);
    return '';
  } catch (error) {
    return (error as { message?: string }).message ?? String(error);
  }
}

/** A word that a choice lacks is kept, so that the runtime says what is wrong with it. */
function write(control: JQuery, { look, words }: TemplateField, text: string): void {
  if (look === 'choice' && !words?.includes(text)) control.append(new Option(text, text));
  control.val(text);
}

function row(field: TemplateField, input: JQuery): JQuery {
  const line = $('<div class="form-row"/>');
  $('<label/>')
    .attr('for', input.attr('id') ?? '')
    .css({ width: 'auto', marginRight: '6px' })
    .text(say(field.label))
    .appendTo(line);
  if (field.look === 'expression') expand(input).css({ float: 'right' }).appendTo(line);
  return line.append(input);
}

/** Opens Node-RED's own editor for expressions. */
function expand(input: JQuery): JQuery {
  const open = () =>
    RED.editor.editExpression({
      value: String(input.val() ?? ''),
      complete: value => input.val(value).trigger('change'),
    });
  return $('<button type="button" class="red-ui-button red-ui-button-small"><i class="fa fa-ellipsis-h"></i></button>')
    .attr({ title: say('templates.expand'), 'aria-label': say('templates.expand') })
    .on('click', open);
}

/** The values of a section; `null` when the billing system lacks the operation. */
function valuesOf({ name, top, fields }: TemplateSection, from: Values): Values | null {
  if (top) return Object.fromEntries(fields.map(field => [field.name, from[field.name]]));
  const values = from[name];
  return isObject(values) ? values : null;
}

function put({ name, top, fields }: TemplateSection, into: Values, values: Values | null): void {
  if (!top) into[name] = values;
  else for (const field of fields) into[field.name] = values?.[field.name];
}

const callOf = (values: Values | null): string => (values?.path ? `${values.method} ${values.path}` : '');

function markOf(section: TemplateSection, { current, defaults }: State): string {
  const values = valuesOf(section, current);
  if (values === null) return 'templates.missing';
  return isSame(values, valuesOf(section, defaults)) ? 'templates.default' : 'templates.changed';
}

function differences({ current, defaults }: State): Values {
  const changed = Object.entries(current).filter(([name, value]) => !isSame(value, defaults[name]));
  return Object.fromEntries(changed.map(([name, value]) => [name, value ?? null]));
}

/** Whatever the order of the fields; a field without a value is not there. */
function isSame(one: unknown, other: unknown): boolean {
  const sorted = (_name: string, value: unknown) =>
    isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
  return JSON.stringify(one ?? null, sorted) === JSON.stringify(other ?? null, sorted);
}
