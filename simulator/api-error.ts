/** An error that a simulated API answers with; each simulator writes it in its own documented body. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Further fields of the answer's body. */
    readonly extra: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

/** What any thrown value means to the caller: Express gives its own errors (bad %-encoding, too large) a `status`. */
export function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const status = thrown instanceof Error && 'status' in thrown ? thrown.status : undefined;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new ApiError(status, 'BadRequest', 'The request could not be read.');
  }
  return new ApiError(500, 'InternalError', thrown instanceof Error ? thrown.message : 'The simulator failed.');
}
