import { digest } from '../lib/workflow/digest';
import type { Wires } from '../lib/workflow/wiring';
import type { SavedNode } from './deployed';

/** Where a node stands and what it is called makes no difference to a message. */
const looks = new Set(['name', 'x', 'y', 'w', 'h', 'g', 'l', 'info', 'icon', 'inputLabels', 'outputLabels']);

/** The nodes whose messages can come to a node, in a digest: another one when somebody edited what a message goes through. */
export class FlowBefore {
  private readonly before = new Map<string, string[]>();
  private readonly digests = new Map<string, string>();

  constructor(
    nodes: readonly SavedNode[],
    wires: Wires,
    private readonly savedAt: (id: string) => SavedNode | undefined,
  ) {
    const ids = new Set(nodes.map(({ id }) => id));
    for (const id of ids) {
      const { outputs = [], aside = [] } = wires(id) ?? {};
      for (const to of new Set([...outputs.flat(), ...aside])) {
        ids.add(to);
        this.before.set(to, [...(this.before.get(to) ?? []), id]);
      }
    }
  }

  /** With the node itself. */
  digestAt(id: string): string {
    const known = this.digests.get(id);
    if (known !== undefined) return known;
    const ids = new Set([id]);
    for (const each of ids) for (const from of this.before.get(each) ?? []) ids.add(from);
    const found = digest([...ids].sort().map(each => this.settingsOf(each)));
    this.digests.set(id, found);
    return found;
  }

  private settingsOf(id: string): object {
    const settings = Object.entries(this.savedAt(id) ?? {}).filter(([name]) => !looks.has(name));
    return { ...Object.fromEntries(settings), id };
  }
}
