import type { Stop } from '../lib/desk/runs';
import { act, askStates } from './desk/client';
import { isOurs, module, type SavedPiece, say } from './red';

/** What would be deployed, as far as runs may mind: nodes that are gone or disabled, and nodes with other settings. */
export interface Change {
  gone: string[];
  changed: Array<Record<string, unknown>>;
}

/** Where a node lies and how it is wired; no run minds either. */
const places = new Set(['x', 'y', 'w', 'h', 'z', 'g', 'l', 'd', 'wires', 'credentials', 'icon', 'info', 'name']);
const pauseMs = 300;
const most = 5;

/** Says before a deploy which open runs it would stop. */
export function warnOfStops(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shown: { close(): void } | null = null;
  /** A notice that was closed stays so until there is something else to say. */
  let said: string[] = [];
  let turn = 0;
  const show = (lines: string[]) => {
    if (lines.join('\n') === said.join('\n')) return;
    said = lines;
    shown?.close();
    shown = lines.length === 0 ? null : notice(lines, () => shown?.close());
  };
  const look = async () => {
    turn += 1;
    const mine = turn;
    const found = await stopsOf(changeOf()).catch(() => []); // what cannot be asked is said in the log after the deploy
    if (mine === turn) show(linesOf(found));
  };
  const end = () => {
    turn += 1;
    clearTimeout(timer);
    show([]);
  };
  RED.events.on('workspace:dirty', ({ dirty }) => {
    if (!dirty) return end();
    clearTimeout(timer);
    timer = setTimeout(() => void look(), pauseMs);
  });
  RED.events.on('deploy', end);
}

/** With a button of its own: those of Node-RED take the focus away from whoever is at work. */
function notice(lines: string[], close: () => void): { close(): void } {
  const box = $('<div role="status"/>').append(
    $('<p/>').text(say('stops.title')),
    $('<ul/>').append(lines.map(line => $('<li/>').text(line))),
    $('<p/>').text(say('stops.advice')),
    $('<div class="ui-dialog-buttonset"/>').append(
      $('<button type="button" class="red-ui-button"/>').text(say('stops.close')).on('click', close),
    ),
  );
  return RED.notify(box, { type: 'warning', fixed: true });
}

async function stopsOf(change: Change): Promise<Stop[]> {
  if (change.gone.length + change.changed.length === 0 || !RED.user.hasPermission('flows.write')) return [];
  const found: Stop[] = [];
  for (const { id } of await askStates()) found.push(...(await act<Stop[]>(id, 'stopsOfChange', { ...change })));
  return found;
}

function linesOf(stops: Stop[]): string[] {
  const lines = stops.slice(0, most).map(lineOf);
  return stops.length > most ? [...lines, say('stops.more', { count: stops.length - most })] : lines;
}

function lineOf({ why, workflow, step, node, fields, count, keys }: Stop): string {
  const type = RED.nodes.node(node)?.type ?? '';
  const names = fields.map(field => `“${labelOf(type, field)}”`).join(', ');
  const runs = keys.join(', ') + (count > keys.length ? ` … (${count})` : '');
  return `${workflow}: ${say(`stops.${why}`, { step, fields: names, keys: runs })}`;
}

function labelOf(type: string, field: string): string {
  const key = `label.${field}`;
  const label = RED._(`${module}/${type}:${key}`);
  return label.endsWith(key) ? field : label;
}

function changeOf(): Change {
  const before = running(RED.nodes.originalFlow() ?? []);
  const after = running(RED.nodes.createCompleteNodeSet());
  return {
    gone: [...before.keys()].filter(id => !after.has(id)),
    changed: [...after.values()].flatMap(node => {
      const was = before.get(node.id);
      return was && settingsText(was) !== settingsText(node) ? [Object.fromEntries(settingsOf(node))] : [];
    }),
  };
}

/** Nodes of this package and instances of subflows that are not disabled. */
function running(nodes: SavedPiece[]): Map<string, SavedPiece> {
  const off = new Set(nodes.filter(({ disabled }) => disabled === true).map(({ id }) => id));
  const on = nodes.filter(({ type, d, z }) => mayStopRuns(type) && d !== true && !off.has(String(z)));
  return new Map(on.map(node => [node.id, node]));
}

function mayStopRuns(type: string): boolean {
  const definition = RED.nodes.getType(type);
  return type.startsWith('subflow:') || (definition !== undefined && isOurs(definition));
}

const settingsOf = (node: SavedPiece): Array<[string, unknown]> =>
  Object.entries(node).filter(([name]) => !places.has(name));

/** Equal for equal settings; what is empty may be saved or not. */
const settingsText = (node: SavedPiece): string =>
  JSON.stringify(
    settingsOf(node)
      .filter(([, value]) => value !== undefined && value !== '')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
