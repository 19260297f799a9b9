import type { RequestHandler, Response } from 'express';
import type { SimulatorClock } from './clock';
import { Fault, type FaultRule } from './fault';
import { playFault } from './fault-play';
import type { ServerName } from './server-name';

/** The faults switched on in a simulator; the first that fits a request is played. */
export class Faults {
  #faults: Fault[] = [];
  #lastId = 0;

  add(rule: FaultRule): Fault {
    this.#lastId += 1;
    const fault = new Fault(this.#lastId, rule);
    this.#faults.push(fault);
    return fault;
  }

  find(id: number): Fault | null {
    return this.#faults.find(fault => fault.id === id) ?? null;
  }

  list(): Fault[] {
    return [...this.#faults];
  }

  /** Removes all and lets everything held go on. */
  clear(): void {
    for (const fault of this.#faults.splice(0)) fault.remove();
  }

  /** In front of a server's routes. `errorBody` writes the API's own error body. */
  middleware(server: ServerName, clock: SimulatorClock, errorBody: (status: number) => unknown): RequestHandler {
    return (req, res, next) => {
      const fault = this.#faults.find(known => known.claim(server, req.method, req.originalUrl));
      if (!fault) return next();
      res.locals.fault = fault.rule.kind;
      playFault(fault, { res, next, clock, errorBody }).catch(() => cut(res));
    };
  }
}

// The clock's sleep ends early only when the caller has gone.
function cut(res: Response): void {
  res.socket?.destroy();
}
