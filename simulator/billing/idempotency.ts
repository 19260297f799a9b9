import { createHash } from 'node:crypto';
import type { RequestHandler } from 'express';
import { ApiError } from '../api-error';
import { bytesOf } from '../json-body';
import type { Catalogue } from './catalogue';

/** `Idempotency-Key` on a POST: the same request gets the stored answer, another request under the key is 409.
 *  Answers are kept from the effect on, also when they are lost on their way; refusals of bad input are not kept.
 *  Of the paths in `except` none is: each of their records is known by its id. */
export function idempotency(catalogue: Catalogue, except: string[] = []): RequestHandler {
  return (req, res, next) => {
    const key = req.headers['idempotency-key'];
    if (req.method !== 'POST' || typeof key !== 'string' || except.includes(req.path)) return next();
    const { answers } = catalogue.data;
    const request = createHash('sha256').update(`${req.originalUrl}\n`).update(bytesOf(req)).digest('hex');
    const known = answers.get(key);
    if (known) {
      if (known.request !== request) {
        throw new ApiError(409, 'idempotency_key_reused', 'This idempotency key belongs to another request.');
      }
      res.setHeader('Idempotent-Replayed', 'true');
      res.status(known.status).json(known.body);
      return;
    }
    const json = res.json.bind(res);
    res.json = (body: unknown) => {
      if (res.statusCode < 400 || res.statusCode === 409) {
        answers.set(key, { key, request, status: res.statusCode, body: structuredClone(body) });
        catalogue.touch();
      }
      return json(body);
    };
    next();
  };
}
