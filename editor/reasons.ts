import { type Dialog, shownIn, valueIn } from './form';
import { type EditorNode, type Rule, say } from './red';

/** Says below each field that cannot stay as it is what to enter, from the first moment on. */
export function showReasons(dialog: Dialog): void {
  const { definition, prefix, form } = dialog;
  const judged = Object.entries(definition.defaults ?? {}).map(([name, rule]) => ({
    field: $(`${prefix}${name}`),
    name,
    rule,
  }));
  const judge = () => {
    const shown = shownIn(dialog);
    for (const { field, name, rule } of judged) show(field, reasonOf(shown, rule, shown[name]));
  };
  form.find('.form-row').each((_index, row) => describe($(row), false));
  form.on('change input', judge);
  judge();
}

/** Why a value cannot stay, in the user's language, or `null`. */
function reasonOf(node: EditorNode, { required, type, validate }: Rule, value: unknown): string | null {
  if (type) return required && (value === undefined || value === '') ? say('valid.chooseOne') : null;
  const valid = validate?.call(node, value, {});
  return typeof valid === 'string' ? valid : null;
}

function show(field: JQuery, reason: string | null): void {
  const row = field.closest('.form-row');
  const id = `${field.attr('id')}-reason`;
  const known = row.find(`[id="${id}"]`);
  if (known.text() === (reason ?? '')) return;
  known.remove();
  if (reason !== null) $('<div class="wap-billing-reason"/>').attr('id', id).text(reason).appendTo(row);
  describe(row, reason !== null);
}

/** What stands below a field is read with it. */
function describe(row: JQuery, isWrong: boolean): void {
  const ids = row
    .find('.wap-billing-hint, .wap-billing-reason')
    .get()
    .map(({ id }) => id);
  const fields = row.find('input, select').not('[type="hidden"]');
  if (ids.length > 0) fields.attr('aria-describedby', ids.join(' '));
  else fields.removeAttr('aria-describedby');
  if (isWrong) fields.attr('aria-invalid', 'true');
  else fields.removeAttr('aria-invalid');
}

/** Opens what is folded away where a value is not the preset, or cannot stay. */
export function unfoldWhereNeeded(dialog: Dialog): void {
  const { definition, prefix, form } = dialog;
  const shown = shownIn(dialog);
  const rules = Object.entries(definition.defaults ?? {});
  form.find('details.wap-billing-fold').each((_index, fold) => {
    const isNeeded = rules.some(([name, rule]) => {
      const field = $(fold).find(`${prefix}${name}`);
      if (field.length === 0) return false;
      const isPreset = String(valueIn(field) ?? '') === String(rule.value ?? '');
      return !isPreset || reasonOf(shown, rule, shown[name]) !== null;
    });
    $(fold).prop('open', isNeeded);
  });
}
