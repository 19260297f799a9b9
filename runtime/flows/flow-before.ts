import { digest } from '../../lib/workflow/digest';
import { reached, type Wires } from '../../lib/workflow/wiring';
import type { SavedNode } from './deployed';

/** Where a node stands and what it is called makes no difference to a message. */
const looks = new Set(['name', 'x', 'y', 'w', 'h', 'g', 'l', 'info', 'icon', 'inputLabels', 'outputLabels']);

/** The nodes whose messages can come to a node, in a digest: another one when somebody edited what a message goes through. */
export class FlowBefore {
  readonly #before = new Map<string, string[]>();
  readonly #digests = new Map<string, string>();
  readonly #own = new Map<string, string>();

  readonly #savedAt: (id: string) => SavedNode | undefined;

  constructor(nodes: readonly SavedNode[], wires: Wires, savedAt: (id: string) => SavedNode | undefined) {
    this.#savedAt = savedAt;
    const next = (id: string) => {
      const { outputs = [], aside = [] } = wires(id) ?? {};
      return new Set([...outputs.flat(), ...aside]);
    };
    const ids = nodes.map(({ id }) => id);
    for (const id of reached(ids, next)) for (const to of next(id)) this.#listBefore(to).push(id);
  }

  /** With the node itself. */
  digestAt(id: string): string {
    const known = this.#digests.get(id);
    if (known !== undefined) return known;
    const ids = [...reached([id], each => this.#before.get(each) ?? [])];
    const found = digest(ids.sort().map(each => this.#ownDigest(each)));
    this.#digests.set(id, found);
    return found;
  }

  /** Of one node alone, which comes before many. */
  #ownDigest(id: string): string {
    const known = this.#own.get(id);
    if (known !== undefined) return known;
    const settings = Object.entries(this.#savedAt(id) ?? {}).filter(([name]) => !looks.has(name));
    const found = digest({ ...Object.fromEntries(settings), id });
    this.#own.set(id, found);
    return found;
  }

  #listBefore(id: string): string[] {
    const list = this.#before.get(id) ?? [];
    this.#before.set(id, list);
    return list;
  }
}
