import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { NodeAPI } from 'node-red';

/** Every route of ours for the dialogs is made here. A page of another site can make a browser send a form, a picture or a
 *  plain text to Node-RED, and without a login nothing else tells it from the editor: so only JSON is taken, which
 *  browsers do not send to other sites without asking there first, and the page has to be of this site. */

/** A route that makes the server act on values of the caller: permission to write flows. */
export function actingRoute(RED: NodeAPI, path: string, handle: RequestHandler): void {
  RED.httpAdmin.post(path, RED.auth.needsPermission('flows.write'), ofThisSite, jsonOnly, handle);
}

/** A route that reads: permission to read flows. */
export function readingRoute(RED: NodeAPI, path: string, handle: RequestHandler): void {
  RED.httpAdmin.get(path, RED.auth.needsPermission('flows.read'), ofThisSite, handle);
}

function ofThisSite(request: Request, response: Response, next: NextFunction): void {
  if (isOfThisSite(request)) next();
  else
    response.status(403).json({ text: 'Only the editor of this Node-RED may ask this, not a page of another site.' });
}

function jsonOnly(request: Request, response: Response, next: NextFunction): void {
  if (request.is('application/json')) next();
  else response.status(415).json({ text: 'The body must be JSON (content-type: application/json).' });
}

/** Browsers say where a request comes from; what is no browser says nothing and sends what it likes anyway. */
function isOfThisSite({ headers }: Request): boolean {
  const relation = headers['sec-fetch-site'];
  if (relation !== undefined && relation !== 'same-origin' && relation !== 'none') return false;
  const { origin } = headers;
  if (origin === undefined) return true;
  // A proxy before Node-RED may put its own name into `host`; no page can set the other header without asking first.
  const names = [headers.host, ...String(headers['x-forwarded-host'] ?? '').split(',')];
  return names.some(name => name?.trim().toLowerCase() === hostOf(origin));
}

/** Host and port, as in the `host` header; `undefined` for `null` and what is no address. */
function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host || undefined : undefined;
}
