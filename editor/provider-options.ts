/** What the provider that is chosen in `billing-connection` wants to know, drawn as the runtime describes it. */

/** A text by language, as a package of somebody else brings it. */
type LocalText = Record<string, string>;

/** As `ProviderForm` of the runtime; a provider of another package brings its texts with it. */
interface Form {
  address: string;
  signIn: string | null;
  options: Record<string, Option>;
  label?: LocalText;
  texts?: Record<string, { label: LocalText; hint?: LocalText }>;
}
interface Option {
  preset: string;
  optional?: boolean;
  words?: string[];
  shape?: { pattern: string; sample: string };
  secret?: boolean;
  with?: string;
}

type Options = Record<string, string>;
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
export function providerOptions(forms: Record<string, Form>, texts: Texts): void {
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
    const plain = Object.entries(form?.options ?? {}).filter(([, { secret }]) => !secret);
    showSecret(form, field);
    $('.wap-billing-option').remove();
    // As rows of the form itself, whose layout its style sheet knows.
    const own = withOwn(form, texts);
    for (const [name, option] of plain) rowOf(name, option, field, own).insertBefore(end);
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
function showSecret(form: Form | undefined, field: JQuery): void {
  const filled = optionsIn(field);
  const secrets = Object.values(form?.options ?? {}).filter(({ secret }) => secret);
  const isWanted = secrets.some(option => option.with === undefined || (filled[option.with] ?? '').trim() !== '');
  input('secondSecret').closest('.form-row').toggle(isWanted);
}

/** In the language of the editor, else in English. */
export function localText(text: LocalText | undefined): string {
  return text?.[RED.i18n.lang()] ?? text?.['en-US'] ?? '';
}

/** The words of the provider's own package before ours. */
const withOwn = (form: Form | undefined, texts: Texts): Texts => ({
  ...texts,
  label: name => localText(form?.texts?.[name]?.label) || texts.label(name),
  hint: name => localText(form?.texts?.[name]?.hint) || texts.hint(name),
});

function rowOf(name: string, { preset, words, shape, optional }: Option, field: JQuery, texts: Texts): JQuery {
  const id = `wap-billing-option-${name}`;
  const saved = optionsIn(field)[name] ?? preset;
  const control = words
    ? $('<select/>').append(words.map(word => new Option(texts.word(word), word)))
    : $('<input type="text" spellcheck="false"/>').attr('placeholder', shape?.sample ?? '');
  control.attr({ id, 'aria-describedby': `${id}-hint` }).val(saved);
  const judge = () => control.toggleClass('input-error', !fits(String(control.val() ?? ''), { shape, optional }));
  control.on('change input', () => {
    field.val(JSON.stringify({ ...optionsIn(field), [name]: String(control.val() ?? '') })).trigger('change');
    judge();
  });
  judge();
  const label = $('<label/>')
    .attr('for', id)
    .append($('<i class="fa fa-sliders"/>'), ' ', document.createTextNode(texts.label(name)));
  const hint = $('<div class="wap-billing-hint"/>').attr('id', `${id}-hint`).text(texts.hint(name));
  return $('<div class="form-row wap-billing-option"/>').append(label, control, hint);
}

function fits(text: string, { shape, optional }: { shape: Option['shape']; optional: boolean | undefined }): boolean {
  if (text.trim() === '') return optional === true;
  // What the environment brings is known at run time only.
  return text.includes('${') || !shape || new RegExp(`^(?:${shape.pattern})$`).test(text.trim());
}

/** What is no object counts as none. */
function optionsIn(field: JQuery): Options {
  try {
    const found: unknown = JSON.parse(String(field.val() || '{}'));
    return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Options) : {};
  } catch {
    return {};
  }
}
