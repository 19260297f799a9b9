import { say } from './red';
import { type Search, sayingWhy } from './suggest';

type TypeName = 'msg' | 'flow' | 'global' | 'env' | 'jsonata' | 'str' | 'num' | 'bool' | 'json';
interface TypedOptions {
  /** Sources offered, besides those that every typed field has. */
  types?: TypeName[];
  /** The words of a choice, each with the key of its text in the node's catalogue. */
  words?: Record<string, string>;
  /** Offers values while a plain text is typed. */
  suggest?: Search;
  isConfig?: boolean;
}

/** The sources that every typed field has. */
export const everywhere: TypeName[] = ['msg', 'flow', 'global', 'env', 'jsonata'];

/** Makes a typed field of `#node-input-<name>` and its hidden `#node-input-<name>Type`. */
export function typed(name: string, { types = ['str'], words, suggest, isConfig = false }: TypedOptions = {}): void {
  const prefix = isConfig ? '#node-config-input-' : '#node-input-';
  const field = $(`${prefix}${name}`);
  const plain = types.map(type => (type === 'str' && suggest ? textType(suggest, field) : type));
  const own = words ? [choiceType(words)] : plain;
  field.typedInput({ types: [...own, ...everywhere], typeField: `${prefix}${name}Type` });
  const shown = field.next('.red-ui-typedInput-container');
  // Node-RED shows parts of its own in the place of the field that the label is bound to.
  nameBy(`${prefix}${name}`, shown.attr('role', 'group').add(shown.find('input')));
  // Taking a suggestion by Enter raises no change, and without one it would not be saved.
  if (suggest) shown.on('focusout', 'input', event => $(event.target).change());
}

/** Names elements by the label of a field. Its text cannot be copied: Node-RED fills labels in after preparing a dialog. */
export function nameBy(field: string, elements: JQuery): void {
  const id = `${field.slice(1)}-label`;
  $(`label[for="${field.slice(1)}"]`).attr('id', id);
  elements.attr('aria-labelledby', id);
}

/** The words of a choice as a type of the field, saved as a plain text. */
function choiceType(words: Record<string, string>) {
  return {
    value: 'str',
    label: say('field.choose'),
    options: Object.entries(words).map(([value, label]) => ({ value, label })),
  };
}

/** Node-RED's plain text type, with suggestions. */
function textType(suggest: Search, field: JQuery) {
  const autoComplete = sayingWhy(suggest, () => field);
  return { value: 'str', label: say('field.text'), icon: 'red/images/typedInput/az.svg', autoComplete };
}

/** Offers values while the plain text field `#node-input-<name>` is typed in. */
export function offer(name: string, suggest: Search): void {
  const field = $(`#node-input-${name}`);
  field.autoComplete({ search: sayingWhy(suggest, () => field), minLength: 0 });
}

/** A secret of a node (a configuration node unless told): a stored password, or the name of an environment variable, which
 *  alone is kept in the flow. Needs `#node-config-input-<name>` (password), `#node-config-input-<name>Env` and the empty
 *  select `#wap-billing-<name>-source`. */
export function secret(name: string, isConfig = true): void {
  const prefix = isConfig ? '#node-config-input-' : '#node-input-';
  const select = $(`#wap-billing-${name}-source`);
  const env = $(`${prefix}${name}Env`);
  const stored = $(`${prefix}${name}`);
  nameBy(`${prefix}${name}`, select.add(env));
  const show = () => {
    const fromEnv = select.val() === 'env';
    env.toggle(fromEnv);
    stored.toggle(!fromEnv);
    if (!fromEnv) env.val('');
  };
  select.append(new Option(say('field.stored'), 'stored'), new Option(say('field.fromEnv'), 'env'));
  select.val(env.val() ? 'env' : 'stored').on('change', show);
  show();
}

/** Shows the rows of one choice only: `data-for="<select name>:<word> <word>"`. */
export function showFor(name: string, isConfig = false): void {
  const select = $(`${isConfig ? '#node-config-input-' : '#node-input-'}${name}`);
  const show = () => {
    $(`[data-for^="${name}:"]`).each((_index, row) => {
      const words = ($(row).attr('data-for') ?? '').slice(name.length + 1).split(' ');
      const chosen = String(select.val());
      // A choice left to the environment is only known at run time, so every row may be needed.
      $(row).toggle(chosen.startsWith('${') || words.includes(chosen));
    });
  };
  select.on('change', show);
  show();
}
