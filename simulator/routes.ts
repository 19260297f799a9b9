import type { Request, RequestHandler, Router } from 'express';
import { ApiError } from './api-error';

type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One path with the verbs it knows; any other verb is answered 405 with `Allow`. */
export function route(router: Router, path: string, verbs: Partial<Record<Verb, RequestHandler>>): void {
  const known = new Map<string, RequestHandler>(Object.entries(verbs));
  router.all(path, (req, res, next) => {
    const handler = known.get(req.method);
    if (handler) return handler(req, res, next);
    res.setHeader('Allow', [...known.keys()].join(', '));
    throw new ApiError(405, 'MethodNotAllowed', `${req.method} is not allowed here.`);
  });
}

/** A part of the path, decoded. */
export function param(req: Request, name: string): string {
  return req.params[name] ?? '';
}

/** A query parameter given once, or undefined. */
export function query(req: Request, name: string): string | undefined {
  const value = req.query[name];
  return typeof value === 'string' ? value : undefined;
}

/** The end of every application: nothing answered. */
export const unknownPath: RequestHandler = () => {
  throw new ApiError(404, 'NotFound', 'There is nothing at this address.');
};
