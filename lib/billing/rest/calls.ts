import type { HttpAnswer, HttpClient } from '../../http/types';
import { idempotencyKey } from '../idempotency';
import type { AnswerTest } from './answer-test';
import type { Request } from './compile-request';
import type { Operation, ReadOperation, RequestData } from './operation';
import { bodyIn, checkSuccess, nothingFound, refusal } from './success';
import { encodeBody, withFormats } from './wire/formats';

/** How one call is made and judged, besides what its template says. */
export interface CallOptions {
  subject: string;
  /** Safe to send again when the answer was lost. */
  repeatable: boolean;
  headers?: Record<string, string>;
  /** What an answer may mean besides success; the answer then says so in `holds`. */
  test?: AnswerTest;
  /** Statuses from 400 on that are handed on like a success. */
  accept?: (status: number) => boolean;
  /** Nothing of the answer is read, so it counts as a success only when it does not look like an error. */
  unread?: boolean;
  signal?: AbortSignal | undefined;
}

/** An answer that is no error, or one whose error was asked for by `test` or `accept`. */
export interface Answer extends HttpAnswer {
  /** The test of the call is fulfilled. */
  holds: boolean;
}

/** What holds for every call of a connection. */
export interface EveryCall {
  /** Expressions of requests see both. */
  target: string;
  options: Record<string, string>;
  /** The one by which billing executes a repeated create once; `null` where it has none. */
  idempotencyHeader: string | null;
  headers: Record<string, string>;
}

/** Makes the calls that templates describe. */
export class RestCalls {
  readonly target: string;
  readonly #http: HttpClient;
  readonly #seen: RequestData;
  readonly #idempotencyHeader: string | null;
  readonly #headers: Record<string, string>;

  constructor(http: HttpClient, { target, options, idempotencyHeader, headers }: EveryCall) {
    this.#http = http;
    this.#seen = { target, options };
    this.target = target;
    this.#idempotencyHeader = idempotencyHeader;
    this.#headers = headers;
  }

  /** Billing executes a call with the headers of `once` a single time, however often it is sent. */
  get areOnce(): boolean {
    return this.#idempotencyHeader !== null;
  }

  /** The headers that make it so; none where billing has no such header. */
  once(operation: string, key: string): Record<string, string> {
    const header = this.#idempotencyHeader;
    return header === null ? {} : { [header]: idempotencyKey(this.target, operation, key) };
  }

  /** The body as it would be sent. @throws BILLING_TEMPLATE */
  body(operation: Operation, data: RequestData): Promise<unknown> {
    return operation.body({ ...data, ...this.#seen });
  }

  /** The request as it goes out, but for the sign-in. @throws BILLING_TEMPLATE */
  async prepared(operation: Operation, data: RequestData): Promise<Request> {
    const request = await operation.request({ ...data, ...this.#seen });
    const { encode, decode } = operation;
    const hasBody = request.body !== undefined;
    return {
      ...request,
      ...(hasBody ? { body: encodeBody(request.body, encode) } : {}),
      headers: { ...withFormats(request.headers ?? {}, { encode, decode, hasBody }), ...this.#headers },
    };
  }

  /** @throws BILLING_BAD_RESPONSE with billing's words, for an error inside a success */
  async send(operation: Operation, data: RequestData, options: CallOptions): Promise<Answer> {
    const { test, accept, unread, signal, headers, ...rest } = options;
    const request = await this.prepared(operation, data);
    // Where a template tells errors, the answer may be any text.
    const isText = operation.decode !== 'json' || (unread === true && operation.error !== null);
    const answer = await this.#http.call({
      ...request,
      ...rest,
      headers: { ...request.headers, ...headers },
      ...(isText ? { read: 'text' } : {}),
      accept: status => test?.mayHold(status) === true || accept?.(status) === true,
      ...(signal ? { signal } : {}),
    });
    const made = { operation, request, data, ...rest };
    const { status, headers: told } = answer;
    const body = isText ? bodyIn(answer, made) : answer.body;
    if (test?.mayHold(status) && (await test.holds({ status, headers: told, body, request: data })))
      return { ...answer, body, holds: true };
    if (status >= 400 && !accept?.(status)) throw refusal({ ...answer, body }, made);
    if (status < 400) await checkSuccess({ ...answer, body }, made, unread === true);
    return { ...answer, body, holds: false };
  }

  /** Asks for one thing: what `take` finds in the answer, or `null` when billing says that there is none.
   *  @throws BILLING_BAD_RESPONSE when the answer says neither */
  async lookUp<T>(
    operation: ReadOperation,
    data: RequestData,
    { subject, signal }: { subject: string; signal: AbortSignal | undefined },
    take: (answer: HttpAnswer) => Promise<T | null>,
  ): Promise<{ found: T; body: unknown } | null> {
    const answer = await this.send(operation, data, { subject, repeatable: true, test: operation.absent, signal });
    if (answer.holds) return null;
    const found = await take(answer);
    if (found !== null) return { found, body: answer.body };
    return nothingFound(`${operation.field}.answer`, answer.body);
  }
}
