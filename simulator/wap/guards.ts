import type { RequestHandler } from 'express';
import { ApiError } from '../api-error';
import { sameSecret } from '../secret';
import { badRequest } from './errors';
import type { Tokens } from './tokens/tokens';

/** `Authorization: Bearer` with a token of the realm, or the fixed one; then `x-ms-principal-id` in printable ASCII. */
export function adminGuard(tokens: Tokens, realm: string, fixedToken: string | null): RequestHandler {
  return (req, res, next) => {
    const token = /^Bearer (\S+)$/i.exec(req.headers.authorization ?? '')?.[1];
    const known =
      token !== undefined && ((fixedToken !== null && sameSecret(token, fixedToken)) || tokens.valid(token, realm));
    if (!known) {
      res.setHeader('WWW-Authenticate', 'Bearer');
      throw new ApiError(401, 'Unauthorized', 'The token is missing, expired or not for this service.');
    }
    const principal = req.headers['x-ms-principal-id'];
    if (typeof principal !== 'string' || !/^[\x20-\x7e]+$/.test(principal)) {
      throw badRequest('x-ms-principal-id must be sent, percent-encoded outside of ASCII.', 'x-ms-principal-id');
    }
    next();
  };
}

/** Basic authentication of the usage API. */
export function usageGuard(user: string, password: string): RequestHandler {
  return (req, res, next) => {
    const encoded = /^Basic (\S+)$/i.exec(req.headers.authorization ?? '')?.[1] ?? '';
    if (!sameSecret(Buffer.from(encoded, 'base64').toString('utf8'), `${user}:${password}`)) {
      res.setHeader('WWW-Authenticate', 'Basic realm="usage"');
      throw new ApiError(401, 'Unauthorized', 'User name or password is not right.');
    }
    next();
  };
}
