import type { ErrorRequestHandler } from 'express';
import { ApiError, toApiError } from '../api-error';

/** WAP's documented error body (SDK `ManagementServiceError`). No list of codes is published: these are ours. */
export function wapErrorBody(status: number, message = `The simulator answers ${status}.`): Record<string, unknown> {
  return { Code: status >= 500 ? 'InternalError' : 'SimulatedError', Message: message, Details: null };
}

/** Answers what a route threw. */
export const answerWapError: ErrorRequestHandler = (thrown, _req, res, next) => {
  if (res.headersSent) return next(thrown);
  const error = toApiError(thrown);
  res.status(error.status).json({ Code: error.code, Message: error.message, Details: null, ...error.extra });
};

export const badRequest = (message: string, source?: string): ApiError =>
  new ApiError(400, 'BadRequest', message, detail('InvalidInput', source, message));

export const notFound = (message: string): ApiError => new ApiError(404, 'NotFound', message);

export const conflict = (message: string, source: string): ApiError =>
  new ApiError(409, 'ResourceConflict', message, detail('Duplicate', source, message));

/** An error that comes from a resource provider has other fields (SDK `ResourceProviderError`, dn448624). */
export function providerError(template: string, parameter: string): ApiError {
  return new ApiError(400, 'BadRequest', template.replace('{0}', parameter), {
    Details: undefined,
    ExtendedCode: '90001',
    MessageTemplate: template,
    Parameters: [parameter],
    InnerErrors: null,
  });
}

function detail(code: string, source: string | undefined, message: string): Record<string, unknown> {
  return source === undefined ? {} : { Details: [{ Code: code, Source: source, Message: message }] };
}
