import type { RequestHandler } from 'express';
import type { SimulatorClock } from './clock';
import type { ServerName } from './server-name';

/** One request as a simulator saw it; bodies and headers are not kept. */
export interface LogEntry {
  /** Counts up over every server that shares the log. */
  order: number;
  /** Arrival, milliseconds UTC. */
  at: number;
  server: ServerName;
  method: string;
  /** With its query, as sent. */
  path: string;
  /** `null` while it is open, and when the connection broke before the answer was out. */
  status: number | null;
  /** The fault that was played, if any. */
  fault: string | null;
  /** How many requests for the same path (without query) of the same server were open on arrival. */
  alongside: number;
}

export type LogFilter = Partial<Pick<LogEntry, 'server' | 'method' | 'status'>> & { path?: string | RegExp };

/** Requests in the order of arrival. Share one among simulators to see one order over all of them. */
export class RequestLog {
  #entries: LogEntry[] = [];
  #order = 0;
  readonly #open = new Map<string, number>();

  /** Copies of the entries that fit. A text fits the path without its query; a pattern fits the whole. */
  entries(filter: LogFilter = {}): LogEntry[] {
    return this.#entries.filter(entry => fits(entry, filter)).map(entry => ({ ...entry }));
  }

  clear(): void {
    this.#entries = [];
  }

  middleware(server: ServerName, clock: SimulatorClock): RequestHandler {
    return (req, res, next) => {
      const place = `${server} ${pathOnly(req.originalUrl)}`;
      const alongside = this.#open.get(place) ?? 0;
      this.#order += 1;
      const entry: LogEntry = {
        order: this.#order,
        at: clock.now(),
        server,
        method: req.method,
        path: req.originalUrl,
        status: null,
        fault: null,
        alongside,
      };
      this.#entries.push(entry);
      this.#open.set(place, alongside + 1);
      res.on('finish', () => {
        entry.status = res.statusCode;
      });
      res.on('close', () => {
        const fault: unknown = res.locals.fault;
        if (typeof fault === 'string') entry.fault = fault;
        this.#open.set(place, (this.#open.get(place) ?? 1) - 1);
      });
      next();
    };
  }
}

function fits(entry: LogEntry, filter: LogFilter): boolean {
  if (filter.server !== undefined && entry.server !== filter.server) return false;
  if (filter.method !== undefined && entry.method !== filter.method) return false;
  if (filter.status !== undefined && entry.status !== filter.status) return false;
  if (filter.path === undefined) return true;
  return typeof filter.path === 'string'
    ? pathOnly(entry.path) === filter.path
    : new RegExp(filter.path).test(entry.path);
}

export function pathOnly(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
