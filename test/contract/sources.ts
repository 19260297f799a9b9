/** The sources as texts, found by walking, and JavaScript as a syntax tree. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type AnyNode, parse } from 'acorn';
import { repository } from '../harness/repository';

export interface Source {
  /** Relative to the repository, with forward slashes. */
  path: string;
  text: string;
}

/** Every file below `folder` whose path fits. */
export const filesOf = (folder: string, fits: RegExp, root = repository): Source[] =>
  pathsOf(folder, fits, root).map(path => ({ path, text: readFileSync(join(root, path), 'utf8') }));

/** Their paths, sorted. */
export function pathsOf(folder: string, fits: RegExp, root = repository): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter(path => fits.test(path) && !path.split('/').includes('node_modules'))
    .sort();
}

/** Every node of the syntax tree, parents first. */
export function syntaxNodes(script: string): AnyNode[] {
  const found: AnyNode[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (isSyntaxNode(value)) {
      found.push(value);
      Object.values(value).forEach(visit);
    }
  };
  visit(parse(script.replace(/^#!.*/, ''), { ecmaVersion: 'latest', sourceType: 'script' }));
  return found;
}

function isSyntaxNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** Catalogue keys by their path, e.g. `label.name`. */
export function flatten(catalogue: unknown, prefix = ''): Map<string, string> {
  if (typeof catalogue !== 'object' || catalogue === null) return new Map([[prefix.slice(0, -1), String(catalogue)]]);
  return new Map(Object.entries(catalogue).flatMap(([key, value]) => [...flatten(value, `${prefix}${key}.`)]));
}
