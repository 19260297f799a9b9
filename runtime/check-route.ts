import type { Node, NodeAPI } from 'node-red';
import type { CheckedPart } from '../lib/checked';
import { actingRoute } from './admin-route';
import type { Saved } from './evaluate';
import { failureOf } from './failure';

/** Placeholder by which the editor says that a stored password was not changed. */
const unchanged = '__PWRD__';
const limitMs = 20_000;

/** What a configuration node is made of. */
export interface Given {
  /** In whose place environment variables are looked up. */
  node: Node;
  saved: Saved;
  secrets: Saved;
}

/** Test connection: `POST /wap-billing/check/<type>` with the dialog's values. Needs the permission to write flows,
 *  because it makes the server call an address that the caller chose. Answers `{ ok, text, code?, parts? }`: a sentence
 *  for all of it, or each part with its own `{ part, ok, found?, values?, text?, code? }`. */
export function checkRoute(
  RED: NodeAPI,
  type: string,
  check: (given: Given, signal: AbortSignal) => Promise<string | CheckedPart[]>,
): void {
  actingRoute(RED, `/wap-billing/check/${type}`, (request, response) => {
    check(givenIn(RED, type, request.body), AbortSignal.timeout(limitMs)).then(
      found => response.json(typeof found === 'string' ? { ok: true, text: found } : inParts(RED, found)),
      error => response.json({ ok: false, ...failed(RED, error) }),
    );
  });
}

/** The whole is as good as its worst part; `text` is what the first that failed says. */
function inParts(RED: NodeAPI, found: CheckedPart[]) {
  const parts = found.map(({ error, ...part }) => ({ ...part, ...(error === undefined ? {} : failed(RED, error)) }));
  const bad = parts.filter(({ ok }) => ok === false);
  const [first] = bad.map(part => ('text' in part ? { text: part.text, code: part.code } : {}));
  return { ok: bad.length === 0, text: '', ...first, parts };
}

function failed(RED: NodeAPI, error: unknown) {
  const { message, code } = failureOf(RED, error);
  return { text: message, code };
}

/** The id of a node of another type counts as none: its secrets, and its environment, are not for what this one calls. */
function givenIn(RED: NodeAPI, type: string, body: unknown): Given {
  const { id, saved, secrets } = asSaved(body);
  const known = typeof id === 'string' && RED.nodes.getNode(id)?.type === type ? id : '';
  return {
    node: RED.nodes.getNode(known),
    saved: asSaved(saved),
    secrets: withStored(asSaved(secrets), known === '' ? {} : asSaved(RED.nodes.getCredentials(known))),
  };
}

const asSaved = (value: unknown): Saved => (typeof value === 'object' && value !== null ? { ...value } : {});

function withStored(secrets: Saved, stored: Saved): Saved {
  return Object.fromEntries(
    Object.entries(secrets).map(([name, value]) => [name, value === unchanged ? stored[name] : value]),
  );
}
