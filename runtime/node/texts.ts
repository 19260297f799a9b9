import type { NodeAPI } from 'node-red';

/** Where the texts of the runtime live: the catalogue of the package's plugin, loaded before any node. */
const packageName = '@wap-billing/node-red-wap-billing';
const namespace = `${packageName}/wap-billing`;

type Values = Record<string, string | number>;

/** A text of the catalogue in the server's language. */
export function say(RED: NodeAPI, key: string, values: Values = {}): string {
  return sayOwn(RED, `${namespace}:${key}`, values);
}

/** Texts that were said before, by node type: finding one takes longer than most nodes need for a message. */
const said = new WeakMap<NodeAPI, Map<string, string>>();
const most = 500;

/** A text of the node's own catalogue in the server's language. */
export function sayOwn(RED: NodeAPI, key: string, values: Values = {}): string {
  let texts = said.get(RED);
  if (!texts) {
    texts = new Map();
    said.set(RED, texts);
  }
  const which = `${key} ${JSON.stringify(values)}`;
  const known = texts.get(which);
  if (known !== undefined) return known;
  const text = RED._(key, values);
  if (texts.size >= most) texts.clear();
  if (!isKey(text, key)) texts.set(which, text);
  return text;
}

/** What a catalogue without such a text gives: the key, with or without its namespace. */
const isKey = (text: string, key: string): boolean => text === key || text === key.slice(key.indexOf(':') + 1);

/** As `say`; `undefined` when there is no such text. */
export const find = (RED: NodeAPI, key: string, values?: Values): string | undefined =>
  findOwn(RED, `${namespace}:${key}`, values);

/** A text of another node's catalogue; `undefined` when there is no such text. */
export const findOf = (RED: NodeAPI, type: string, key: string): string | undefined =>
  findOwn(RED, `${packageName}/${type}:${key}`);

/** As `sayOwn`; `undefined` when there is no such text. */
export function findOwn(RED: NodeAPI, key: string, values?: Values): string | undefined {
  const text = sayOwn(RED, key, values);
  return typeof text !== 'string' || isKey(text, key) ? undefined : text;
}
