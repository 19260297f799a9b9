import express, { type Request, type RequestHandler } from 'express';
import { ApiError } from './api-error';

export type JsonObject = Record<string, unknown>;

/** Keeps the raw bytes of a body, so that each route decides what it accepts. */
export const rawBody: RequestHandler = express.raw({ type: () => true, limit: '32mb' });

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The bytes sent, empty when there were none. */
export function bytesOf(req: Request): Buffer {
  const body: unknown = req.body;
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** The JSON object of a request. 400 for another media type, another charset, broken JSON or no object. */
export function jsonObject(req: Request): JsonObject {
  const [type, ...parameters] = (req.headers['content-type'] ?? '').split(';').map(part => part.trim().toLowerCase());
  if (type !== 'application/json') {
    throw new ApiError(400, 'BadRequest', 'Content-Type must be application/json.');
  }
  const charset = parameters.find(parameter => parameter.startsWith('charset='))?.slice('charset='.length);
  if (charset !== undefined && charset.replaceAll('"', '') !== 'utf-8') {
    throw new ApiError(400, 'BadRequest', 'The charset must be utf-8.');
  }
  const value = parsed(bytesOf(req));
  if (!isObject(value)) throw new ApiError(400, 'BadRequest', 'The body must be a JSON object.');
  return value;
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new ApiError(400, 'BadRequest', 'The body is not valid JSON.');
  }
}
