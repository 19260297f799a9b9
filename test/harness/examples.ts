/** The example flows that ship, read from the installed package as the editor's Import dialog reads them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FlowNode } from './admin-api';
import { repository } from './repository';

export interface Example {
  /** As the Import dialog shows it: the file's name without its end. */
  name: string;
  file: string;
  flows: FlowNode[];
}

/** Every example that needs no other package, in the order of the dialog. `folder` is that of a package; default: this
 *  repository. */
export const examples = (folder = repository): Example[] =>
  allExamples(folder).filter(({ flows }) => !isForDashboard(flows));

/** The one whose pages need `@flowfuse/node-red-dashboard`. */
export const dashboardExamples = (folder = repository): Example[] =>
  allExamples(folder).filter(({ flows }) => isForDashboard(flows));

const isForDashboard = (flows: FlowNode[]): boolean => flows.some(({ type }) => type.startsWith('ui-'));

function allExamples(folder: string): Example[] {
  const found = readdirSync(join(folder, 'examples'), { recursive: true, encoding: 'utf8' });
  return found
    .filter(name => name.endsWith('.json'))
    .sort()
    .map(name => {
      const file = join(folder, 'examples', name);
      return { name: name.slice(0, -'.json'.length), file, flows: JSON.parse(readFileSync(file, 'utf8')) };
    });
}

/** The one example whose name contains `part`. */
export function example(part: string): Example {
  const fitting = examples().filter(({ name }) => name.includes(part));
  const [only] = fitting;
  if (!only || fitting.length > 1) throw new Error(`${fitting.length} examples have "${part}" in their name`);
  return only;
}
