import type { NodeAPI } from 'node-red';
import { Recent } from '../../lib/async/recent';
import type { Choice } from '../../lib/choice';
import { AdapterError } from '../../lib/errors';
import { failureOf } from '../node/failure';
import { isConfigNode } from '../node/handles';
import type { Closable, SharedHandle } from '../node/shared-handle';
import { readingRoute } from './admin-route';

/** What can be listed through a connection, by the word in the address; `text` is what was typed so far, where the other side
 *  is to search for it. */
export type ChoiceLists<H> = Record<string, (handle: H, signal: AbortSignal, text: string) => Promise<Choice[]>>;

/** Below the 15 s that Node-RED gives a node to close, because a request under way holds the connection open. */
export const limitMs = 10_000;
/** Nobody searches for more, and each text is remembered for a while. */
const longestText = 100;
/** Dialogs ask again at every key, and so may whoever can read flows; the other side is asked no more often than this. */
const keepMs = 5_000;

/** Suggestions for the dialogs: `GET /wap-billing/choices/<type>/<node id>/<what>?text=…`, only through a deployed
 *  configuration node, so that the caller cannot choose an address. Answers a list of `Choice`; 404 when there is no such
 *  node or list, 502 with `{ text, code }` when the other side fails. */
export function choicesRoute<H extends Closable>(RED: NodeAPI, type: string, lists: ChoiceLists<H>): void {
  const recent = new WeakMap<SharedHandle<H>, Recent<Choice[]>>(); // a deploy begins anew
  readingRoute(RED, `/wap-billing/choices/${type}/:id/:what`, (request, response) => {
    const { id = '', what = '' } = request.params;
    const shared = deployed<H>(RED, type, id);
    const list = Object.hasOwn(lists, what) ? lists[what] : undefined;
    if (!shared || !list) return void response.status(404).json({ text: 'Nothing to list here.' });
    const known = recent.get(shared) ?? new Recent(keepMs);
    recent.set(shared, known);
    const text = typeof request.query.text === 'string' ? request.query.text.slice(0, longestText) : '';
    known
      .get(`${what} ${text}`, () => through(shared, handle => list(handle, AbortSignal.timeout(limitMs), text)))
      .then(
        choices => response.json(choices),
        error => {
          const { message, code } = failureOf(RED, inTime(error));
          response.status(502).json({ text: message, code });
        },
      );
  });
}

/** What a deployed configuration node of a type shares. */
export function deployed<H>(RED: NodeAPI, type: string, id: string): SharedHandle<H> | undefined {
  const node: unknown = RED.nodes.getNode(id);
  return isConfigNode<H>(node) && 'type' in node && node.type === type ? node.shared : undefined;
}

/** Uses what it shares, which is opened for this where nobody else has. */
export async function through<H, R>(shared: SharedHandle<H>, use: (handle: H) => Promise<R>): Promise<R> {
  const handle = await shared.acquire();
  try {
    return await use(handle);
  } finally {
    shared.release();
  }
}

/** The route's own limit is not a defect of the package. */
export function inTime(error: unknown): unknown {
  if (!(error instanceof Error && error.name === 'TimeoutError')) return error;
  return new AdapterError('WAP_TIMEOUT', `There was no answer within ${limitMs / 1000} s.`, { retryable: true });
}
