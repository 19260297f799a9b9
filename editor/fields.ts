import { say } from './red';

type TypeName = 'msg' | 'flow' | 'global' | 'env' | 'jsonata' | 'str' | 'num' | 'bool' | 'json';
interface TypedOptions {
  /** Sources offered, besides those that every typed field has. */
  types?: TypeName[];
  /** The words of a choice, each with the key of its text in the node's catalogue. */
  words?: Record<string, string>;
  isConfig?: boolean;
}

const everywhere: TypeName[] = ['msg', 'flow', 'global', 'env', 'jsonata'];

/** Makes a typed field of `#node-input-<name>` and its hidden `#node-input-<name>Type`. */
export function typed(name: string, { types = ['str'], words, isConfig = false }: TypedOptions = {}): void {
  const prefix = isConfig ? '#node-config-input-' : '#node-input-';
  const own = words ? [choiceType(words)] : types;
  $(`${prefix}${name}`).typedInput({ types: [...own, ...everywhere], typeField: `${prefix}${name}Type` });
}

/** The words of a choice as a type of the field, saved as a plain text. */
function choiceType(words: Record<string, string>) {
  return {
    value: 'str',
    label: say('field.choose'),
    options: Object.entries(words).map(([value, label]) => ({ value, label })),
  };
}

/** A secret of a configuration node: a stored password, or the name of an environment variable, which alone is kept in
 *  the flow. Needs `#node-config-input-<name>` (password), `#node-config-input-<name>Env` and the empty select
 *  `#wap-billing-<name>-source`. */
export function secret(name: string): void {
  const select = $(`#wap-billing-${name}-source`);
  const env = $(`#node-config-input-${name}Env`);
  const stored = $(`#node-config-input-${name}`);
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
