/** `.from('msg.wap.kind')` and `.preset(30)` in a node's runtime must be what its dialog begins with. */
import type { CallExpression, Property } from 'acorn';
import { transformSync } from 'esbuild';
import { formOf, partOf } from './form';
import { syntaxNodes } from './sources';

export function presetsAgainstDefaults(type: string): string[] {
  const { defaults } = formOf(type).definition;
  return propertiesOf(type).flatMap(property => {
    const name = property.key.type === 'Identifier' ? property.key.name : '';
    const from = argumentOf(property.value, 'from');
    const preset = argumentOf(property.value, 'preset');
    if (from === undefined && preset === undefined) return [];
    const shown = defaults[name]?.value;
    if (from !== undefined) {
      const kind = String(defaults[`${name}Type`]?.value ?? '');
      return `${kind}.${shown}` === from
        ? []
        : [`${name}: the runtime reads ${from}, the dialog begins with ${kind}.${shown}`];
    }
    return String(shown) === String(preset) ? [] : [`${name}: preset ${preset}, but the dialog begins with ${shown}`];
  });
}

/** Inputs that an older version did not know, and by which a step that it recorded would be taken for another one. */
export function inputsNewSince(type: string, saved: readonly string[]): string[] {
  const inputs = propertiesOf(type).find(({ key }) => key.type === 'Identifier' && key.name === 'inputs')?.value;
  if (inputs?.type !== 'ObjectExpression') return [];
  return inputs.properties.flatMap(property => {
    if (property.type !== 'Property' || property.key.type !== 'Identifier') return [];
    const { name } = property.key;
    const isTold = ['aside', 'addedLater'].some(method => callOf(property.value, method) !== undefined);
    return saved.includes(name) || isTold ? [] : [`${name}: end it by .addedLater() or .aside()`];
  });
}

function propertiesOf(type: string): Property[] {
  const { code } = transformSync(partOf(type, `${type}.ts`), { loader: 'ts', format: 'cjs' });
  return syntaxNodes(code).filter((node): node is Property => node.type === 'Property');
}

/** The literal given to the call of `method` in a chain such as `text().from('msg.payload').optional()`. */
function argumentOf(value: Property['value'], method: string): unknown {
  const [first] = callOf(value, method)?.arguments ?? [];
  return first?.type === 'Literal' ? first.value : undefined;
}

/** The call of `method` in such a chain. */
function callOf(value: Property['value'], method: string): CallExpression | undefined {
  let call: unknown = value;
  while (isCall(call)) {
    const { callee } = call;
    if (callee.type !== 'MemberExpression') return undefined;
    if (callee.property.type === 'Identifier' && callee.property.name === method) return call;
    call = callee.object;
  }
  return undefined;
}

const isCall = (value: unknown): value is CallExpression =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'CallExpression';
