import type { NodeAPI } from 'node-red';
import { failureOf } from '../node/failure';
import type { Closable } from '../node/shared-handle';
import { readingRoute } from './admin-route';
import { deployed, inTime, limitMs, through } from './choices-route';

/** What a dialog can read through a connection, by the word in the address; `query` has what the address says besides. */
export type Reads<H> = Record<string, (handle: H, query: Query, signal: AbortSignal) => Promise<unknown>>;
export type Query = (name: string) => string | undefined;

/** Facts for the dialogs: `GET /wap-billing/read/<type>/<node id>/<what>?…`, only through a deployed configuration node.
 *  Answers JSON; 404 when there is no such node or fact, 502 with `{ text, code }` when the other side fails. */
export function readRoute<H extends Closable>(RED: NodeAPI, type: string, reads: Reads<H>): void {
  readingRoute(RED, `/wap-billing/read/${type}/:id/:what`, (request, response) => {
    const { id = '', what = '' } = request.params;
    const shared = deployed<H>(RED, type, id);
    const read = Object.hasOwn(reads, what) ? reads[what] : undefined;
    if (!shared || !read) return void response.status(404).json({ text: 'Nothing to read here.' });
    const query: Query = name => {
      const value = request.query[name];
      return typeof value === 'string' ? value : undefined;
    };
    through(shared, handle => read(handle, query, AbortSignal.timeout(limitMs))).then(
      answer => response.json(answer),
      error => {
        const { message, code } = failureOf(RED, inTime(error));
        response.status(502).json({ text: message, code });
      },
    );
  });
}
