import type { Request, Response } from 'express';
import type { NodeAPI } from 'node-red';
import { systemClock } from '../../lib/async/clock';
import { noteAct } from '../../lib/desk/acts';
import { csvHeader, csvLines } from '../../lib/desk/csv';
import type { ErrorCode } from '../../lib/errors';
import { hint, hintsThrough } from '../hints';
import { failureOf } from '../node/failure';
import type { StateHandle } from '../node/handles';
import { actingRoute, readingRoute } from '../routes/admin-route';
import { deployed, through } from '../routes/choices-route';
import { stopsOfChange } from '../run/stops';
import type { Desk } from './desk';
import { liveOn } from './live';
import { pairsIn } from './mapping-pairs';
import { acts, questions, tables } from './parts';

const type = 'billing-state';
/** Below the 15 s that Node-RED gives a node to close, because a request under way holds the store open. */
const limitMs = 12_000;

/** The routes of the operator's desk, each through a deployed `billing-state`:
 *  `GET /wap-billing/desk` lists those; `GET …/desk/<state>/<question>?…` asks; `GET …/desk/<state>/<table>/csv?…` gives a
 *  file; `POST …/desk/<state>/<act>` acts, with a JSON form, and what was done is noted with who did it.
 *  Answers 404 for what is not there, otherwise `{ text, code }` with 400 (the form), 409 (it cannot be done now) or 502. */
export function deskRoutes(RED: NodeAPI): void {
  hintsThrough(RED);
  readingRoute(RED, '/wap-billing/desk', (_request, response) => void response.json(states(RED)));
  readingRoute(RED, '/wap-billing/desk/:state/:name', (request, response) => {
    const question = questions.get(request.params.name ?? '');
    if (!question) return void notThere(response);
    at(RED, request, response, async desk => void response.json(await question(desk, queryOf(request))));
  });
  readingRoute(RED, '/wap-billing/desk/:state/:name/csv', (request, response) => {
    const table = tables.get(request.params.name ?? '');
    if (!table) return void notThere(response);
    at(RED, request, response, async desk => {
      response.type('text/csv').setHeader('cache-control', 'no-store');
      const { columns, rows } = table(desk, queryOf(request));
      let header = csvHeader(columns); // with the first part, so that a failure before it is told as one
      for await (const part of rows) {
        response.write(header + csvLines(columns, part));
        header = '';
      }
      response.end(header);
    });
  });
  actingRoute(RED, '/wap-billing/desk/:state/:name', (request, response) => {
    const { name = '' } = request.params;
    const act = acts.get(name);
    if (!act) return void notThere(response);
    at(RED, request, response, async desk => {
      const { answer, noted } = await act(desk, formOf(request));
      if (noted) {
        const said = { at: desk.clock.now(), who: desk.who, what: name, why: '', ...noted };
        await noteAct(desk.store, said);
        hint('acts');
      }
      response.json(answer ?? {});
    });
  });
}

/** The deployed `billing-state` nodes, by name. */
function states(RED: NodeAPI): Array<{ id: string; name: string }> {
  const found: Array<{ id: string; name: string }> = [];
  RED.nodes.eachNode(node => {
    if (node.type === type && deployed(RED, type, node.id)) found.push({ id: node.id, name: node.name || node.id });
  });
  return found;
}

/** Answers a request with an open store, and a failure with its sentence. */
function at(RED: NodeAPI, request: Request, response: Response, answer: (desk: Desk) => Promise<void>): void {
  const shared = deployed<StateHandle>(RED, type, request.params.state ?? '');
  if (!shared) {
    notThere(response);
    return;
  }
  const signal = AbortSignal.timeout(limitMs);
  const asked = through(shared, ({ store, settled }) =>
    answer({
      store,
      settled,
      live: liveOn(store),
      pairs: pairsIn(RED, request.params.state ?? ''),
      stopsOf: change => stopsOfChange(RED, store, change),
      clock: systemClock,
      who: userOf(request),
      signal,
    }),
  );
  asked.catch(error => {
    const { message, code } = failureOf(RED, error);
    if (response.headersSent) return void response.destroy(); // a file cut off must not look whole
    response.status(statusOf(code)).json({ text: message, code });
  });
}

function notThere(response: Response): void {
  response.status(404).json({ text: 'This is not there; deploy first.' });
}

function statusOf(code: ErrorCode): number {
  if (code.startsWith('INPUT_')) return 400;
  if (code.endsWith('_NOT_FOUND')) return 404;
  return ['STATE_CONFLICT', 'STATE_RUN_ENDED', 'STATE_IMPORT'].includes(code) ? 409 : 502;
}

const queryOf = (request: Request) => (name: string) => {
  const value = request.query[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

function formOf({ body }: Request): Record<string, unknown> {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : {};
}

/** Who is logged in to Node-RED; empty where it has no login. */
function userOf(request: Request): string {
  const user: unknown = 'user' in request ? request.user : undefined;
  if (typeof user !== 'object' || user === null || !('username' in user)) return '';
  return typeof user.username === 'string' ? user.username : '';
}
