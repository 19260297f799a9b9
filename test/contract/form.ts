/** A node's html as Node-RED, its editor and the flow library read it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import type { CallExpression, ObjectExpression } from 'acorn';
import { rowsIn } from '../../editor/table-rows';
import * as validators from '../../editor/valid';
import { catalogueOf, formHtml } from '../harness/dialogs';
import { repository } from '../harness/repository';
import { flatten, syntaxNodes } from './sources';

/** True, or why not. */
type Validator = (this: object, value: unknown, options: object) => unknown;

export interface Default {
  value?: unknown;
  type?: string;
  required?: boolean;
  validate?: Validator;
}

export interface Definition {
  category: string;
  icon?: string;
  inputs?: number;
  outputs?: number;
  defaults: Record<string, Default>;
  credentials?: Record<string, { type: string }>;
  outputLabels?: string[] | string | ((this: { _(key: string): string }, index: number) => string);
}

export interface Form {
  type: string;
  script: string;
  template: string;
  definition: Definition;
  /** Properties given as literals in `registerType('…', { … })`. */
  literals: Set<string>;
  registeredAs: unknown;
}

/** `html` of a node; the script runs with stand-ins for the editor. */
export function readForm(type: string, html: string): Form {
  const script = /<script type="text\/javascript">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '';
  const template = /<script type="text\/html" data-template-name="[^"]*">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '';
  const { name, object } = registration(script);
  let definition: Definition | undefined;
  const registerType = (_type: string, given: Definition) => {
    definition = given;
  };
  runInNewContext(script, { RED: { nodes: { registerType } }, wapBilling: shared });
  if (!definition) throw new Error(`${type}: the script registers nothing`);
  return { type, script, template, definition, literals: literalsOf(object), registeredAs: name };
}

export const formOf = (type: string): Form => readForm(type, formHtml(type));

export const partOf = (type: string, part: string): string =>
  readFileSync(join(repository, 'nodes', type, part), 'utf8');

export const textsOf = (type: string, language: string): Map<string, string> => flatten(catalogueOf(type, language));

export const helpOf = (type: string, language: string): string => partOf(type, `locales/${language}/${type}.html`);

function registration(script: string): { name: unknown; object: ObjectExpression } {
  const call = syntaxNodes(script).find(
    (node): node is CallExpression =>
      node.type === 'CallExpression' && /registerType$/.test(script.slice(node.callee.start, node.callee.end)),
  );
  const [first, second] = call?.arguments ?? [];
  if (second?.type !== 'ObjectExpression') throw new Error('no registerType(…, { … }) with an object written in place');
  return { name: first?.type === 'Literal' ? first.value : undefined, object: second };
}

function literalsOf(object: ObjectExpression): Set<string> {
  const names = object.properties.flatMap(property => {
    if (property.type !== 'Property' || property.key.type !== 'Identifier') return [];
    const isInline = property.value.type === 'Literal' || property.value.type === 'ObjectExpression';
    return isInline ? [property.key.name] : [];
  });
  return new Set(names);
}

/** Answers every property and every call with itself, but for what it knows. */
function anything(known: Record<string, unknown> = {}): unknown {
  const self: unknown = new Proxy(() => undefined, {
    get: (_target, name) => (typeof name === 'string' ? known[name] : undefined) ?? self,
    apply: () => self,
  });
  return self;
}

/** What the dialogs share: the validators, and what reads rows, are the real ones. */
const shared = anything({ valid: anything({ ...validators }), rowsIn });
