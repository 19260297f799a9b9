import type { ErrorRequestHandler } from 'express';
import { ApiError, toApiError } from '../api-error';

export function billingErrorBody(status: number): Record<string, unknown> {
  return { error: { code: `simulated_${status}`, message: `The simulator answers ${status}.` } };
}

/** Answers what a route threw. */
export const answerBillingError: ErrorRequestHandler = (thrown, _req, res, next) => {
  if (res.headersSent) return next(thrown);
  const { status, code, message, extra } = toApiError(thrown);
  res.status(status).json({ error: { code, message }, ...extra });
};

export const invalid = (message: string): ApiError => new ApiError(400, 'invalid_request', message);

export const noOffer = (key: string): ApiError => new ApiError(404, 'offer_not_found', `There is no offer '${key}'.`);
