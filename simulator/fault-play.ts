import type { Response } from 'express';
import type { SimulatorClock } from './clock';
import type { Fault, FaultRule } from './fault';

interface Stage {
  res: Response;
  next: () => void;
  clock: SimulatorClock;
  errorBody: (status: number) => unknown;
}

/** Plays one fault on one request. */
export async function playFault(fault: Fault, stage: Stage): Promise<void> {
  const { res, next } = stage;
  const { rule } = fault;
  if (rule.delayMs) await stage.clock.sleep(rule.delayMs, goneSignal(res));
  switch (rule.kind) {
    case 'delay':
      return next();
    case 'claim':
      return claim(rule, res);
    case 'reset-before':
      return destroy(res);
    case 'reset-after':
      insteadOfAnswer(res, () => destroy(res));
      return next();
    case 'cut-json':
      insteadOfAnswer(res, body => sendHalf(res, body));
      return next();
    case 'hold':
      insteadOfAnswer(res, body => {
        fault.hold().then(
          () => res.end(body),
          () => destroy(res),
        );
      });
      return next();
    case 'hold-before':
      await fault.hold();
      return next();
    default:
      if (!rule.afterEffect) return sendError(fault, stage);
      insteadOfAnswer(res, () => sendError(fault, stage));
      return next();
  }
}

function claim({ status = 200, body }: FaultRule, res: Response): void {
  res.status(status);
  if (body === undefined) res.end();
  else if (typeof body === 'string') res.type('html').send(body);
  else res.json(body);
}

/** Catches the end of the real answer. Every route answers with one `end`, so nothing has been sent by then. */
function insteadOfAnswer(res: Response, then: (body: Buffer) => void): void {
  const end = res.end;
  res.end = ((chunk?: unknown) => {
    res.end = end;
    then(typeof chunk === 'string' || Buffer.isBuffer(chunk) ? Buffer.from(chunk) : Buffer.alloc(0));
    return res;
  }) as typeof res.end;
}

function sendHalf(res: Response, body: Buffer): void {
  const half = body.length > 0 ? body.subarray(0, Math.ceil(body.length / 2)) : Buffer.from('{');
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Content-Length', half.length);
  res.end(half);
}

function sendError({ rule }: Fault, { res, errorBody }: Stage): void {
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  const status = rule.kind === 'rate' ? 429 : (rule.status ?? (rule.kind === 'html' ? 502 : 500));
  if (rule.kind === 'rate') res.setHeader('Retry-After', String(rule.retryAfterS ?? 1));
  res.status(status);
  if (rule.kind === 'html') res.type('html').send(errorPage(status));
  else res.json(errorBody(status));
}

function errorPage(status: number): string {
  return `<!DOCTYPE html><html><head><title>${status}</title></head><body><h1>Error ${status}</h1></body></html>`;
}

// A client sees a broken connection, never a status.
function destroy(res: Response): void {
  res.socket?.destroy();
}

function goneSignal(res: Response): AbortSignal {
  const gone = new AbortController();
  res.on('close', () => gone.abort());
  return gone.signal;
}
