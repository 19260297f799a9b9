import { type CheckAnswer, partLine, partsLine } from '../../check';
import { say } from '../../red';

/** A WAP or billing connection of the editor, and how its last test went. */
export interface ConnectionLine {
  id: string;
  type: 'wap-connection' | 'billing-connection';
  name: string;
  /** null: it is not deployed. */
  tested: CheckAnswer | null;
}

const types = ['wap-connection', 'billing-connection'] as const;

/** Every connection, tested at most once a minute. */
export async function askConnections(): Promise<ConnectionLine[]> {
  const found: Array<Omit<ConnectionLine, 'tested'>> = [];
  RED.nodes.eachConfig(node => {
    const type = types.find(each => each === node.type);
    if (type) found.push({ id: node.id, type, name: nameOf(node) });
  });
  return Promise.all(found.map(async each => ({ ...each, tested: await tested(each) })));
}

const nameOf = (node: { id: string; name?: unknown; type: string }): string => {
  const label = RED.utils.getNodeLabel(node, node.id);
  return label || node.id;
};

function tested({ type, id }: { type: string; id: string }): Promise<CheckAnswer | null> {
  return new Promise(resolve => {
    $.ajax({ url: `wap-billing/tested/${type}/${encodeURIComponent(id)}`, dataType: 'json' }).then(
      (answer: CheckAnswer) => resolve(answer),
      () => resolve(null),
    );
  });
}

/** One line a connection: its name, whether it works, and each part of it when it is opened. */
export function connectionList(lines: ConnectionLine[]): JQuery {
  return $('<div/>').append(
    lines.map(({ name, tested }) => {
      if (!tested) return partsLine(null, say('desk.overview.notDeployed'), name);
      const { ok, text, parts = [] } = tested;
      if (parts.length === 0) return partsLine(ok, text, name);
      const summary = parts.filter(({ ok: works }) => works !== null).map(({ part }) => say(`check.part.${part}`));
      const said = ok ? summary.join(' · ') : text;
      return $('<details class="wap-billing-desk-part"/>').append(
        $('<summary/>').append(partsLine(ok, said, name)),
        parts.map(partLine),
      );
    }),
  );
}

/** Opens the dialog of a connection. */
export const editConnection = ({ type, id }: { type: string; id: string }): void => RED.editor.editConfig('', type, id);
