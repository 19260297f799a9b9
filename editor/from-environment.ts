import { nameBy } from './fields';
import { type Dialog, valueIn } from './form';
import { say } from './red';

/** `${NAME}` or `${NAME:-else}` and nothing besides: what the switch can show. */
const pattern = /^\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\}$/;

interface FromEnv {
  variable: string;
  otherwise: string;
}

export function readFromEnv(text: unknown): FromEnv | null {
  const [, variable, otherwise = ''] = (typeof text === 'string' && pattern.exec(text)) || [];
  return variable === undefined ? null : { variable, otherwise };
}

export const writeFromEnv = ({ variable, otherwise }: FromEnv): string =>
  otherwise === '' ? `\${${variable}}` : `\${${variable}:-${otherwise}}`;

/** Fields whose value comes from the environment, now or as preset, get a switch in the place of the text that is saved:
 *  a value written here, or the name of an environment variable and what holds without it. */
export function showEnvironment({ definition: { defaults = {} }, prefix, form }: Dialog): void {
  for (const [name, { value: preset }] of Object.entries(defaults)) {
    const field = form.find(`input[type="text"]${prefix}${name}`);
    if (field.length === 0 || `${name}Type` in defaults) continue;
    const usual = readFromEnv(preset);
    if (usual ?? readFromEnv(valueIn(field))) addSwitch(field, usual);
  }
}

function addSwitch(field: JQuery, usual: FromEnv | null): void {
  const given = readFromEnv(field.val());
  const select = $('<select class="wap-billing-env-source"/>').append(
    new Option(say('env.here'), 'here'),
    new Option(say('env.variable'), 'env'),
  );
  const variable = $('<input type="text" class="wap-billing-env-name">').val((given ?? usual)?.variable ?? '');
  const otherwise = $('<input type="text">').val(given?.otherwise ?? usual?.otherwise ?? '');
  const rest = $('<div class="wap-billing-env-else"/>').append($('<span/>').text(say('env.otherwise')), otherwise);
  field.wrap('<div class="wap-billing-env"/>').before(select).after(variable, rest);
  nameBy(`#${field.attr('id')}`, select);
  variable.attr('aria-label', say('env.name'));
  otherwise.attr('aria-label', say('env.otherwise'));

  const show = () => {
    const isEnv = select.val() === 'env';
    field.toggle(!isEnv);
    variable.add(rest).toggle(isEnv);
  };
  const take = () => {
    const from = { variable: String(variable.val()).trim(), otherwise: String(otherwise.val()).trim() };
    field.val(from.variable === '' ? '' : writeFromEnv(from)).trigger('change');
  };
  select.val(given ? 'env' : 'here').on('change', () => {
    const isEnv = select.val() === 'env';
    show();
    if (isEnv) otherwise.val(String(field.val()));
    else field.val(String(otherwise.val())).trigger('change');
    if (isEnv) take();
  });
  // Another field of the dialog may have brought a value.
  field.on('change', () => {
    const now = readFromEnv(field.val());
    if (!now && field.val() === '') return;
    if (now && select.val() === 'here') {
      variable.val(now.variable);
      otherwise.val(now.otherwise);
    }
    select.val(now ? 'env' : 'here');
    show();
  });
  variable.add(otherwise).on('input change', event => {
    event.stopPropagation();
    // It may lose the focus, and tell its change, after the switch was turned.
    if (select.val() === 'env') take();
  });
  show();
}
