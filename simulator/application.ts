import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { SimulatorClock } from './clock';
import type { Faults } from './faults';
import { rawBody } from './json-body';
import type { RequestLog } from './log';
import { unknownPath } from './routes';
import type { ServerName } from './server-name';

export interface ApplicationParts {
  server: ServerName;
  log: RequestLog;
  faults: Faults;
  clock: SimulatorClock;
  errorBody: (status: number) => unknown;
  onError: ErrorRequestHandler;
  /** Called when an answer is out, or its connection has broken. */
  afterEach: () => void;
  /** Paths that are neither logged, guarded nor met by faults: control and overview. */
  aside?: (app: Express) => void;
  routes: (app: Express) => void;
}

/** One simulated server: log, faults, body, routes, 404, errors; in this order. */
export function application(parts: ApplicationParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('case sensitive routing', true);
  parts.aside?.(app);
  app.use(parts.log.middleware(parts.server, parts.clock));
  app.use(afterEach(parts.afterEach));
  app.use(parts.faults.middleware(parts.server, parts.clock, parts.errorBody));
  app.use(rawBody);
  parts.routes(app);
  app.use(unknownPath);
  app.use(parts.onError);
  return app;
}

function afterEach(action: () => void): RequestHandler {
  return (_req, res, next) => {
    res.on('close', action);
    next();
  };
}
