/** What earlier versions of this package saved of each node, by the schema of the state that they kept. Each is written from the
 *  dialogs' `defaults` when a version is released, with what its user has to fill in, and never changed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FlowNode } from '../harness/admin-api';
import { repository } from '../harness/repository';
import { formOf } from './form';

export type Properties = Record<string, unknown>;

export interface SavedFlows {
  version: string;
  /** By type. */
  nodes: Array<[type: string, properties: Properties]>;
}

const folder = join(repository, 'test', 'data', 'upgrade');

export function savedFlows(): SavedFlows[] {
  const files = readdirSync(folder).filter(name => name.startsWith('flows-of-'));
  return files.map(file => ({
    version: file.replace(/^flows-of-|\.json$/g, '').replaceAll('-', ' '),
    nodes: Object.entries(JSON.parse(readFileSync(join(folder, file), 'utf8'))),
  }));
}

/** As somebody saved it who chose its configuration nodes, by their type, and changed little else. Its id is its type. */
export function asSaved(type: string, properties: Properties, configuration: Record<string, string>): FlowNode {
  const { defaults, category, outputs = 0 } = formOf(type).definition;
  const references = Object.keys(properties).flatMap(name => {
    const id = configuration[defaults[name]?.type ?? ''];
    return id ? [[name, id]] : [];
  });
  const place = { z: 'tab', x: 100, y: 100, wires: Array.from({ length: outputs }, () => []) };
  const where = category === 'config' ? {} : place;
  return { id: type, type, ...where, ...properties, ...Object.fromEntries(references) };
}
