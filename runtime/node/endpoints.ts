import type { Application, NextFunction, Request, RequestHandler, Response } from 'express';
import type { NodeAPI } from 'node-red';
import type { CallHandler } from '../../lib/calls/handler';
import { AdapterError } from '../../lib/errors';

interface Endpoint {
  handler: CallHandler;
  owner: string;
}

/** What is served on Node-RED's HTTP server now, by whole path in lower case. */
const endpoints = new Map<string, Endpoint>();
const prepared = new WeakSet<object>();

/** Serves paths below a prefix on Node-RED's HTTP server until the signal aborts; from then on nothing of it is left.
 *  @throws INPUT_CONFIG when another node serves one of them, or Node-RED serves no nodes' paths at all */
export function serve(
  RED: NodeAPI,
  prefix: string,
  handlers: Record<string, CallHandler>,
  owner: string,
  signal: AbortSignal,
): void {
  if (RED.settings.httpNodeRoot === false || typeof RED.httpNode !== 'function') {
    throw AdapterError.advising(
      'INPUT_CONFIG',
      'prefix: httpNodeRoot is false in settings.js, so WAP cannot call. Set it.',
      {
        subject: 'prefix',
      },
    );
  }
  const mine = Object.entries(handlers).map(([name, handler]) => {
    const path = normal(`${RED.httpNode.path()}/${prefix}/${name}`);
    return [path, { handler, owner }] as const;
  });
  for (const [path] of mine) {
    const other = endpoints.get(path)?.owner;
    if (other === undefined) continue;
    throw AdapterError.advising(
      'INPUT_CONFIG',
      `prefix: "${other}" serves ${path} already. Give each node its own prefix.`,
      {
        subject: 'prefix',
      },
    );
  }
  if (signal.aborted) return;
  prepare(RED);
  for (const [path, endpoint] of mine) endpoints.set(path, endpoint);
  signal.addEventListener(
    'abort',
    () => {
      for (const [path] of mine) endpoints.delete(path);
    },
    { once: true },
  );
}

/** Two slashes for one, and one at the end, are what addresses put together by hand come to. */
const normal = (path: string): string =>
  path
    .replace(/\/{2,}/g, '/')
    .replace(/\/$/, '')
    .toLowerCase();
const endpointOf = (request: Request): Endpoint | undefined =>
  endpoints.get(normal(request.originalUrl.split('?', 1)[0] ?? ''));

/** Once for each server: the way in, and in front of everything a mark that keeps the editor's parsers off our bodies.
 *  They stand before all nodes, and would read five megabytes of anybody. */
function prepare(RED: NodeAPI): void {
  const app = RED.httpNode;
  if (prepared.has(app)) return;
  prepared.add(app);
  app.use((request, response, next) => {
    const endpoint = endpointOf(request);
    if (!endpoint) return next();
    through(middleware(RED), request, response, next, () => void endpoint.handler(request, response));
  });
  const root = rootOf(app);
  const keepBody: RequestHandler = (request, _response, next) => {
    if (endpointOf(request)) Object.assign(request, { _body: true });
    next();
  };
  root.use(keepBody);
  const stack: Array<{ handle: unknown }> = root._router.stack;
  const at = stack.findIndex(({ handle }) => handle === keepBody);
  stack.unshift(...stack.splice(at, 1));
}

function rootOf(app: Application): Application {
  const parent: unknown = Reflect.get(app, 'parent');
  return typeof parent === 'function' ? rootOf(parent as Application) : app;
}

/** What the administrator put before all nodes' paths in settings.js stands before ours too. */
function middleware(RED: NodeAPI): RequestHandler[] {
  const given: unknown = RED.settings.httpNodeMiddleware;
  return (Array.isArray(given) ? given : [given]).filter((each): each is RequestHandler => typeof each === 'function');
}

function through(
  [first, ...rest]: RequestHandler[],
  request: Request,
  response: Response,
  fail: NextFunction,
  last: () => void,
): void {
  if (!first) {
    last();
    return;
  }
  first(request, response, (error?: unknown) => {
    if (error) fail(error);
    else through(rest, request, response, fail, last);
  });
}
