/** `.from('msg.wap.kind')` and `.preset(30)` in a node's runtime must be what its dialog begins with. */
import type { CallExpression, Property } from 'acorn';
import { transformSync } from 'esbuild';
import { formOf, partOf } from './form';
import { syntaxNodes } from './sources';

export function presetsAgainstDefaults(type: string): string[] {
  const { defaults } = formOf(type).definition;
  const { code } = transformSync(partOf(type, `${type}.ts`), { loader: 'ts', format: 'cjs' });
  const properties = syntaxNodes(code).filter((node): node is Property => node.type === 'Property');
  return properties.flatMap(property => {
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

/** The literal given to the call of `method` in a chain such as `text().from('msg.payload').optional()`. */
function argumentOf(value: Property['value'], method: string): unknown {
  let call: unknown = value;
  while (isCall(call)) {
    const { callee } = call;
    if (callee.type !== 'MemberExpression') return undefined;
    const [first] = call.arguments;
    if (callee.property.type === 'Identifier' && callee.property.name === method && first?.type === 'Literal')
      return first.value;
    call = callee.object;
  }
  return undefined;
}

const isCall = (value: unknown): value is CallExpression =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'CallExpression';
