import type { NodeAPI } from 'node-red';
import { failureOf } from '../node/failure';
import { actingRoute } from './admin-route';
import { type Given, givenIn, limitMs } from './check-route';

/** What is tried: the word for it, and the key that it is tried with. */
export interface Trial {
  call: string;
  key: string;
}

/** One call as the dialog holds it now: `POST /wap-billing/try/<type>` with the dialog's values, `call` and `key`. Needs the permission
 *  to write flows, as Test connection does. Answers `{ ok: true, tried }` or `{ ok: false, text, code }`. */
export function tryRoute(
  RED: NodeAPI,
  type: string,
  attempt: (given: Given, trial: Trial, signal: AbortSignal) => Promise<unknown>,
): void {
  actingRoute(RED, `/wap-billing/try/${type}`, (request, response) => {
    const { call, key } = (request.body ?? {}) as Record<string, unknown>;
    const trial = { call: String(call ?? ''), key: String(key ?? '') };
    attempt(givenIn(RED, type, request.body), trial, AbortSignal.timeout(limitMs)).then(
      tried => response.json({ ok: true, tried }),
      error => {
        const { message, code } = failureOf(RED, error);
        response.json({ ok: false, text: message, code });
      },
    );
  });
}
