import type { Node, NodeAPI } from 'node-red';
import { Held } from '../../lib/async/held';
import type { CheckedPart } from '../../lib/checked';
import type { Saved } from '../node/evaluate';
import { failureOf } from '../node/failure';
import type { Closable, SharedHandle } from '../node/shared-handle';
import { actingRoute, readingRoute } from './admin-route';
import { deployed, limitMs as deployedLimitMs, through } from './choices-route';

/** Placeholder by which the editor says that a stored password was not changed. */
const unchanged = '__PWRD__';
/** What a person waits for at most. */
export const limitMs = 20_000;
const keepMs = 60_000;
const restMs = 15 * 60_000;

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
    void said(RED, check(givenIn(RED, type, request.body), AbortSignal.timeout(limitMs))).then(found =>
      response.json(found),
    );
  });
}

/** The same of a deployed node as it is, for everybody who can read flows: `GET /wap-billing/tested/<type>/<node id>`. Nobody
 *  chooses an address here, and the other side is asked once a minute at most; once it has refused the credentials, every
 *  quarter of an hour, so that looking on locks no account. 404 when it is not deployed. */
export function testedRoute<H extends Closable>(
  RED: NodeAPI,
  type: string,
  check: (handle: H, signal: AbortSignal) => Promise<CheckedPart[]>,
): void {
  const last = new WeakMap<SharedHandle<H>, Held<CheckAnswer>>(); // a deploy begins anew
  readingRoute(RED, `/wap-billing/tested/${type}/:id`, (request, response) => {
    const shared = deployed<H>(RED, type, request.params.id ?? '');
    if (!shared) return void response.status(404).json({ text: 'This is not deployed.' });
    const known = last.get(shared) ?? new Held<CheckAnswer>(answer => (isRefused(answer) ? restMs : keepMs));
    last.set(shared, known);
    const ask = () => through(shared, handle => check(handle, AbortSignal.timeout(deployedLimitMs)));
    void known.get(() => said(RED, ask())).then(answer => response.json(answer));
  });
}

const isRefused = ({ ok, code }: CheckAnswer): boolean => !ok && (code?.endsWith('_AUTH') ?? false);

/** A sentence for all of it, or each part. */
interface CheckAnswer {
  ok: boolean;
  text: string;
  code?: string | undefined;
  parts?: Array<Omit<CheckedPart, 'error'>>;
}

/** Never rejects. */
function said(RED: NodeAPI, found: Promise<string | CheckedPart[]>): Promise<CheckAnswer> {
  return found.then(
    parts => (typeof parts === 'string' ? { ok: true, text: parts } : inParts(RED, parts)),
    error => ({ ok: false, ...failed(RED, error) }),
  );
}

/** The whole is as good as its worst part; `text` is what the first that failed says. */
function inParts(RED: NodeAPI, found: CheckedPart[]): CheckAnswer {
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
export function givenIn(RED: NodeAPI, type: string, body: unknown): Given {
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
