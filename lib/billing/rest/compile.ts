import { shapeOf } from '../../errors';
import type { HttpCall } from '../../http/types';
import { wordOf } from '../../words';
import { headerName } from '../auth';
import type { OfferState } from '../port';
import { type AnswerTest, compileTest } from './answer-test';
import { type CompiledSubscriptions, compileSubscriptions, subscriptionTemplates } from './compile-subscriptions';
import { compileUsage, type UsageOperation, usageFields } from './compile-usage';
import type { Compile, Evaluate } from './expression';
import { compileExpression, compileText, inputInvalid, templateFailed } from './expression';
import type { Fields } from './fields';
import { count, fieldsOf, isLeftOut, methods, readWords, type Words } from './fields';
import { hasDotSegment, parseText } from './placeholders';

export type Request = Pick<HttpCall, 'method' | 'path' | 'query' | 'headers' | 'body'>;

/** One operation, ready to use. */
export interface Operation {
  /** For messages, e.g. `templates.create`. */
  readonly field: string;
  /** Whether its request speaks of billing's own id, which nobody knows while the offer is absent. */
  readonly needsRemoteId: boolean;
  request(data: unknown): Promise<Request>;
  readonly answer: Evaluate;
  /** What billing says went wrong in an answer whose status is a success; `null`: no template tells. */
  readonly error: Evaluate | null;
}
export interface ReadOperation extends Operation {
  /** "There is none". */
  readonly absent: AnswerTest;
}
export interface CreateOperation extends Operation {
  /** "There is one already". */
  readonly exists: AnswerTest;
  readonly existing: Evaluate | null;
}
export interface ListOperation extends Operation {
  readonly items: Evaluate;
  readonly pageSize: number | null;
  readonly firstPage: number;
  readonly next: Evaluate | null;
}

export interface Compiled {
  readonly create: CreateOperation;
  readonly read: ReadOperation;
  readonly list: ListOperation | null;
  readonly publish: Operation | null;
  readonly retire: Operation | null;
  readonly check: Operation;
  readonly usage: UsageOperation | null;
  readonly subscriptions: CompiledSubscriptions | null;
  readonly states: Words<OfferState>;
  readonly same: Evaluate | null;
}

const offerStates: readonly OfferState[] = ['absent', 'draft', 'active', 'retired'];
const common = ['method', 'path', 'query', 'headers', 'body', 'answer', 'error'];
/** What the operations of one kind share, unless they have their own. */
interface Shared {
  answer: Evaluate;
  error: Evaluate | null;
}

/** Checks and compiles the templates once, before any call. `given` is what the operator wrote (see `RestTemplates`).
 *  @throws INPUT_INVALID for a wrong shape, BILLING_TEMPLATE for an expression that does not compile; both name
 *  operation and field, e.g. `templates.create.body`. */
export function compileTemplates(given: unknown, compile: Compile): Compiled {
  const all = fieldsOf(given, 'templates', [
    'create',
    'read',
    'list',
    'publish',
    'retire',
    'check',
    'usage',
    'answer',
    'error',
    'states',
    'same',
    ...subscriptionTemplates,
  ]);
  const answer = compileExpression(compile, all.answer, 'templates.answer');
  const error = isLeftOut(all.error) ? null : compileExpression(compile, all.error, 'templates.error');
  const operation = (name: string, more: string[] = [], read = answer): Operation =>
    compileOperation(fieldsOf(all[name], `templates.${name}`, [...common, ...more]), name, compile, {
      answer: read,
      error,
    });
  const reading = (name: string, read = answer): ReadOperation => {
    const field = `templates.${name}.absent`;
    const { absent } = fieldsOf(all[name], `templates.${name}`);
    return { ...operation(name, ['absent'], read), absent: compileTest(absent, field, noneThere, compile) };
  };
  const create = (name: string, read = answer): CreateOperation => ({
    ...operation(name, ['exists', 'existing'], read),
    ...compileExists(fieldsOf(all[name], `templates.${name}`), `templates.${name}`, compile),
  });
  const list = (name: string, read = answer): ListOperation => ({
    ...operation(name, ['items', 'pageSize', 'firstPage', 'next'], read),
    ...compilePaging(fieldsOf(all[name], `templates.${name}`), `templates.${name}`, compile),
  });
  const optional = (name: string): Operation | null => (isLeftOut(all[name]) ? null : operation(name));
  return {
    create: create('create'),
    read: reading('read'),
    list: isLeftOut(all.list) ? null : list('list'),
    publish: optional('publish'),
    retire: optional('retire'),
    check: operation('check'),
    usage: isLeftOut(all.usage)
      ? null
      : compileUsage(fieldsOf(all.usage, 'templates.usage'), operation('usage', usageFields), compile),
    subscriptions: compileSubscriptions(all, compile, read => ({
      operation: name => operation(name, [], read),
      reading: name => reading(name, read),
      create: name => create(name, read),
      list: name => list(name, read),
    })),
    states: readWords(all.states, 'templates.states', offerStates),
    same: isLeftOut(all.same) ? null : compileExpression(compile, all.same, 'templates.same'),
  };
}

/** Statuses that say that there is no such thing. */
const noneThere = [404, 410];

function compileOperation(fields: Fields, name: string, compile: Compile, shared: Shared): Operation {
  const field = `templates.${name}`;
  const method = wordOf(methods, fields.method);
  if (!method) throw inputInvalid(`${field}.method`, `is ${shapeOf(fields.method)}`, `Use ${methods.join(', ')}.`);
  const path = compilePath(fields.path, `${field}.path`, compile);
  const query = compileTexts(fields.query, `${field}.query`, compile);
  const headers = compileTexts(fields.headers, `${field}.headers`, compile);
  for (const header of headers.keys()) checkHeaderName(header, `${field}.headers`);
  if (!isLeftOut(fields.body) && method === 'GET')
    throw inputInvalid(`${field}.body`, 'is given, but a GET sends none', 'Use query, or another method.');
  const body = isLeftOut(fields.body) ? null : compileExpression(compile, fields.body, `${field}.body`);
  return {
    field,
    needsRemoteId: /\bremoteId\b/.test(JSON.stringify([fields.path, fields.query, fields.headers, fields.body])),
    answer: isLeftOut(fields.answer) ? shared.answer : compileExpression(compile, fields.answer, `${field}.answer`),
    error: isLeftOut(fields.error) ? shared.error : compileExpression(compile, fields.error, `${field}.error`),
    request: async data => ({
      method,
      path: await path(data),
      query: await texts(query, data),
      headers: checkHeaders(await texts(headers, data), `${field}.headers`),
      ...(body ? { body: checkBody(await body(data), `${field}.body`) } : {}),
    }),
  };
}

function compilePath(path: unknown, field: string, compile: Compile): (data: unknown) => Promise<string> {
  if (typeof path !== 'string' || !path.startsWith('/') || path.startsWith('//'))
    throw inputInvalid(field, `is ${shapeOf(path)}`, 'Write a path that starts with one "/", like /offers/{key}.');
  const render = compileText(compile, path, field, true);
  for (const part of parseText(path))
    if ('literal' in part && !/^[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*$/.test(part.literal))
      throw inputInvalid(
        field,
        'has a letter that cannot stand in a path',
        'Percent-encode it; what follows "?" goes to query.',
      );
  return async data => {
    const rendered = await render(data);
    // Values are encoded, so what is left to refuse is what the operator wrote between the placeholders.
    if (hasDotSegment(rendered))
      throw inputInvalid(field, 'has a part that is only dots, which no address can carry', 'Choose another key.');
    return rendered;
  };
}

function compileExists({ exists, existing }: Fields, field: string, compile: Compile) {
  return {
    exists: compileTest(exists, `${field}.exists`, [409], compile),
    existing: isLeftOut(existing) ? null : compileExpression(compile, existing, `${field}.existing`),
  };
}

function compilePaging(list: Fields, field: string, compile: Compile) {
  const pageSize = isLeftOut(list.pageSize) ? null : count(list.pageSize, `${field}.pageSize`, 1);
  return {
    items: compileExpression(compile, isLeftOut(list.items) ? '$' : list.items, `${field}.items`),
    pageSize,
    firstPage: isLeftOut(list.firstPage) ? 1 : count(list.firstPage, `${field}.firstPage`, 0),
    next: isLeftOut(list.next) ? null : compileExpression(compile, list.next, `${field}.next`),
  };
}

function compileTexts(given: unknown, field: string, compile: Compile) {
  const entries = isLeftOut(given) ? [] : Object.entries(fieldsOf(given, field));
  return new Map(entries.map(([name, text]) => [name, compileText(compile, text, `${field}.${name}`, false)]));
}

async function texts(templates: Map<string, (data: unknown) => Promise<string>>, data: unknown) {
  const result: Record<string, string> = {};
  for (const [name, render] of templates) {
    const value = await render(data);
    if (value !== '') result[name] = value;
  }
  return result;
}

function checkHeaderName(name: string, field: string): void {
  headerName(name, `${field}.${name}`);
  if (/^(authorization|proxy-authorization|cookie|host|content-length|transfer-encoding|connection)$/i.test(name))
    throw inputInvalid(`${field}.${name}`, 'cannot be set by a template', 'Set credentials on the connection itself.');
}

function checkHeaders(headers: Record<string, string>, field: string): Record<string, string> {
  for (const [name, value] of Object.entries(headers))
    if (!/^[\t\x20-\x7e]*$/.test(value))
      throw templateFailed(
        `${field}.${name}`,
        'gave a line break or a letter outside ASCII',
        'Encode it, for example with $encodeUrlComponent().',
      );
  return headers;
}

function checkBody(body: unknown, field: string): unknown {
  if (typeof body === 'object' && body !== null) return body;
  throw templateFailed(field, `gave ${shapeOf(body)}, not an object`, 'Write an object, like { "key": key }.');
}
