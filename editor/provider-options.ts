/** What the provider that is chosen in `billing-connection` wants to know, drawn as the runtime describes it. */
import {
  fitsShape,
  type LocalText,
  type OptionField,
  type ProviderForm,
  plainOptions,
  wantsSecret,
} from '../lib/billing/provider-form';
import { objectIn } from './object-in';

/** The texts of options, by their names. */
interface Texts {
  label(name: string): string;
  hint(name: string): string;
  word(word: string): string;
}

const input = (name: string): JQuery => $(`#node-config-input-${name}`);

/** Draws the options of the chosen provider before `#wap-billing-options`, kept as JSON text in `#node-config-input-options`; shows the
 *  way to sign in where it can be chosen, and the second secret where one is wanted (`#wap-billing-secondSecret`). Another provider
 *  brings its usual address, unless the operator has written one. */
export function providerOptions(forms: Record<string, ProviderForm>, texts: Texts): void {
  const select = input('provider');
  const end = $('#wap-billing-options');
  const field = input('options');
  const address = input('baseUrl');
  const usual = new Set(Object.values(forms).map(form => form.address));
  const show = () => {
    const form = forms[String(select.val())];
    const fixed = form?.signIn ?? null;
    if (fixed !== null) input('auth').val(fixed).trigger('change');
    input('auth')
      .closest('.form-row')
      .toggle(fixed === null);
    showSecret(form, field);
    $('.wap-billing-option').remove();
    // As rows of the form itself, whose layout its style sheet knows.
    const own = withOwn(form, texts);
    for (const [name, option] of plainOptions(form?.options ?? {})) rowOf(name, option, field, own).insertBefore(end);
  };
  field.on('change', () => showSecret(forms[String(select.val())], field));
  select.on('change', () => {
    const form = forms[String(select.val())];
    if (form && usual.has(String(address.val()))) address.val(form.address).trigger('change');
    show();
  });
  show();
}

/** The second secret where it is wanted: by some, and by others once another option is filled in. */
function showSecret(form: ProviderForm | undefined, field: JQuery): void {
  input('secondSecret')
    .closest('.form-row')
    .toggle(wantsSecret(form?.options ?? {}, objectIn(field.val())));
}

/** In the language of the editor, else in English. */
export function localText(text: LocalText | undefined): string {
  return text?.[RED.i18n.lang()] ?? text?.['en-US'] ?? '';
}

/** The words of the provider's own package before ours. */
const withOwn = (form: ProviderForm | undefined, texts: Texts): Texts => ({
  ...texts,
  label: name => localText(form?.texts?.[name]?.label) || texts.label(name),
  hint: name => localText(form?.texts?.[name]?.hint) || texts.hint(name),
});

function rowOf(name: string, option: OptionField, field: JQuery, texts: Texts): JQuery {
  const { preset, words, shape } = option;
  const id = `wap-billing-option-${name}`;
  const saved = String(objectIn(field.val())[name] ?? preset);
  const control = words
    ? $('<select/>').append(words.map(word => new Option(texts.word(word), word)))
    : $('<input type="text" spellcheck="false"/>').attr('placeholder', shape?.sample ?? '');
  control.attr({ id, 'aria-describedby': `${id}-hint` }).val(saved);
  const judge = () => control.toggleClass('input-error', !fits(option, String(control.val() ?? '')));
  control.on('change input', () => {
    field.val(JSON.stringify({ ...objectIn(field.val()), [name]: String(control.val() ?? '') })).trigger('change');
    judge();
  });
  judge();
  const label = $('<label/>')
    .attr('for', id)
    .append($('<i class="fa fa-sliders"/>'), ' ', document.createTextNode(texts.label(name)));
  const hint = $('<div class="wap-billing-hint"/>').attr('id', `${id}-hint`).text(texts.hint(name));
  return $('<div class="form-row wap-billing-option"/>').append(label, control, hint);
}

function fits(option: OptionField, text: string): boolean {
  if (text.trim() === '') return option.optional === true;
  // What the environment brings is known at run time only.
  return text.includes('${') || fitsShape(option, text.trim());
}
