import express, { type ErrorRequestHandler, type Express, type Request, type Router } from 'express';
import { ApiError, toApiError } from './api-error';
import { type Fault, type FaultKind, type FaultRule, faultKinds } from './fault';
import type { Faults } from './faults';
import { type JsonObject, jsonObject, rawBody } from './json-body';
import type { RequestLog } from './log';
import { patternFrom } from './pattern';
import { param, route } from './routes';
import { serverNames } from './server-name';

/** What a test in another process can do; the server listens on 127.0.0.1 only, and nothing else guards it. */
export interface Controlled {
  faults: Faults;
  log: RequestLog;
  state: () => unknown;
  /** Throws an ApiError for a body that it cannot use. */
  seed: (body: JsonObject) => void;
  overview: () => string;
  /** Further paths below `/_simulator`. */
  routes?: (control: Router) => void;
}

/** A fault as it is sent: a pattern is `{ source, flags }`, `times: null` is for ever. */
export function controlRoutes(app: Express, controlled: Controlled): void {
  const control = express.Router();
  const { faults, log } = controlled;
  route(control, '/faults', {
    GET: (_req, res) => res.json(faults.list().map(faultStatus)),
    POST: (req, res) => res.status(201).json(faultStatus(faults.add(readRule(jsonObject(req))))),
    DELETE: (_req, res) => {
      faults.clear();
      res.status(204).end();
    },
  });
  route(control, '/faults/:id', {
    GET: (req, res) => res.json(faultStatus(knownFault(faults, req))),
    DELETE: (req, res) => {
      knownFault(faults, req).remove();
      res.status(204).end();
    },
  });
  route(control, '/faults/:id/release', {
    POST: (req, res) => {
      knownFault(faults, req).release();
      res.status(204).end();
    },
  });
  route(control, '/log', {
    GET: (_req, res) => res.json(log.entries()),
    DELETE: (_req, res) => {
      log.clear();
      res.status(204).end();
    },
  });
  route(control, '/state', { GET: (_req, res) => res.json(controlled.state()) });
  route(control, '/seed', {
    POST: (req, res) => {
      controlled.seed(jsonObject(req));
      res.status(204).end();
    },
  });
  controlled.routes?.(control);
  app.use('/_simulator', rawBody, control, answerControlError);
  route(app, '/', { GET: (_req, res) => res.type('html').send(controlled.overview()) });
}

const answerControlError: ErrorRequestHandler = (thrown, _req, res, _next) => {
  const error = toApiError(thrown);
  res.status(error.status).json({ message: error.message });
};

function faultStatus(fault: Fault) {
  const { kind, method, server } = fault.rule;
  return {
    id: fault.id,
    kind,
    method,
    server,
    path: String(fault.rule.path),
    hits: fault.hits,
    holding: fault.holding,
  };
}

function knownFault(faults: Faults, req: Request): Fault {
  const fault = faults.find(Number(param(req, 'id')));
  if (!fault) throw new ApiError(404, 'NotFound', 'There is no such fault.');
  return fault;
}

function readRule(body: JsonObject): FaultRule {
  const rule: FaultRule = { kind: oneOf(body, 'kind', faultKinds), path: readPath(body.path) };
  if (body.server !== undefined) rule.server = oneOf(body, 'server', serverNames);
  if (typeof body.method === 'string') rule.method = body.method;
  if (body.times === null) rule.times = Number.POSITIVE_INFINITY;
  if (body.afterEffect === true) rule.afterEffect = true;
  for (const field of ['times', 'skip', 'delayMs', 'status', 'retryAfterS'] as const) {
    const value = body[field];
    if (typeof value === 'number') rule[field] = value;
  }
  return rule;
}

function readPath(value: unknown): RegExp | string {
  if (typeof value === 'string') return value;
  const pattern = patternFrom(value);
  if (pattern) return pattern;
  throw new ApiError(400, 'BadRequest', 'path must be a text or { source, flags }.');
}

function oneOf<Name extends FaultKind | (typeof serverNames)[number]>(
  body: JsonObject,
  field: string,
  names: readonly Name[],
): Name {
  const found = names.find(name => name === body[field]);
  if (!found) throw new ApiError(400, 'BadRequest', `${field} must be one of ${names.join(', ')}.`);
  return found;
}
