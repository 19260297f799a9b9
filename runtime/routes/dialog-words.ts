import type { NodeAPI } from 'node-red';
import { AdapterError } from '../../lib/errors';
import { find, findOf, findOwn } from '../node/texts';

/** Errors name a field by its property, as flow files do; whoever reads them has the dialog before him. The names are put in
 *  here, where every error of a node passes, from the node's own catalogue or a connection's: `consumer: …` becomes `Reader: …`. The
 *  property stays in `cause.subject`. */
export function inDialogWords(RED: NodeAPI, error: AdapterError): AdapterError {
  const message = withNames(error, path => nameOf(RED, path));
  if (message === error.message) return error;
  const named = new AdapterError(error.code, message, error.cause);
  if (error.stack) named.stack = error.stack;
  return named;
}

/** What the sentence is about: `consumer: …`, `Usage: pageSize must …`, `services[2].name: …`. */
const leading = /^((?:[A-Z]\w+: )?)([a-z]\w*(?:\[\d+\]|\.\w+)*)(?=[: ])/;
/** Further properties in a sentence; what stands behind a dot or a quote is something else. */
const property = /(?<![\w.$"'`/\\-])(?:templates(?:\.\w+)+|[a-z]+(?:[A-Z][a-z]*)+)(?![\w(/]|\.\w)/g;

function withNames(error: AdapterError, nameFor: (path: string) => string | undefined): string {
  const begun = error.message.replace(leading, (all, room: string, path: string) => {
    if (!isSubject(path, all, error)) return all;
    return nameFor(path) ?? nameFor(`${room.slice(0, -2).toLowerCase()}${capital(path)}`) ?? all;
  });
  const further = isOurs(error) ? begun.replace(property, name => quoted(nameFor(name)) ?? name) : begun;
  return changedOf(error.cause.details).reduce(
    (text, name) => text.replace(new RegExp(`\\b${name}\\b`), found => quoted(nameFor(name)) ?? found),
    further,
  );
}

/** What the error says it is about, and a field before a colon; before anything else it may be a plain word. */
const isSubject = (path: string, begun: string, error: AdapterError): boolean =>
  path === error.cause.subject || (isOurs(error) && error.message.charAt(begun.length) === ':');

/** About what was given to a node; other sentences may hold words of WAP or billing, which have properties of their own. */
const isOurs = ({ code }: AdapterError): boolean => /^INPUT_|^BILLING_TEMPLATE$/.test(code);

const quoted = (name: string | undefined): string | undefined => name && `“${name}”`;

/** Fields that a workflow found changed, which may be single small words. */
function changedOf(details: unknown): string[] {
  const changed = typeof details === 'object' && details !== null && 'changed' in details ? details.changed : [];
  return Array.isArray(changed) ? changed.filter(name => typeof name === 'string' && /^\w+$/.test(name)) : [];
}

/** Fields that the dialog shows as rows; of lists in messages the index stays. */
const tables = new Set(['services', 'links', 'advertisements', 'table', 'rules', 'rates']);

/** A path such as `adminUrl`, `token.stsUrl`, `rules[2].factor`, as the dialog says it; `undefined` when it has no such field. */
function nameOf(RED: NodeAPI, path: string): string | undefined {
  const [root = '', ...rest] = path.match(/\w+|\[\d+\]/g) ?? [];
  const label = (name: string) => findOwn(RED, `label.${name}`) ?? labelOfConnection(RED, name);
  const own = label(root);
  if (own && root === 'templates')
    return [own, ...rest.map(word => find(RED, `templates.${word}`) ?? word)].join(' › ');
  const [next = ''] = rest;
  // Settings of the library are grouped where the dialog has one field for each.
  const grouped = /^[a-z]/i.test(next) ? (label(`${root}${capital(next)}`) ?? label(next)) : undefined;
  if (grouped) return `${grouped}${tail(rest.slice(1))}`;
  if (!own) return undefined;
  if (!tables.has(root)) return `${own}${tail(rest)}`;
  return [own, ...rest.map(part => rowOf(RED, part) ?? find(RED, `rules.${part}`) ?? spaced(part))].join(', ');
}

/** What a connection refuses is told by the node that used it. */
function labelOfConnection(RED: NodeAPI, name: string): string | undefined {
  const found = connections.map(type => findOf(RED, type, `label.${name}`));
  return found.find(text => text !== undefined);
}

const connections = ['wap-connection', 'billing-connection', 'billing-state'];

const tail = (rest: string[]): string => rest.map(part => (part.startsWith('[') ? part : `.${part}`)).join('');

function rowOf(RED: NodeAPI, part: string): string | undefined {
  const index = /^\[(\d+)\]$/.exec(part)?.[1];
  return index === undefined ? undefined : find(RED, 'field.row', { row: Number(index) + 1 });
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const spaced = (word: string): string => word.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`);
