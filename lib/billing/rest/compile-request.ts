import { shapeOf } from '../../errors';
import type { HttpCall } from '../../http/types';
import { wordOf } from '../../words';
import { headerName } from '../auth';
import { inputInvalid } from '../invalid';
import type { Compile } from '../settings';
import { type Decode, decodes, type Encode, encodes, methods } from './choices';
import { compileExpression, compileText, templateFailed } from './expression';
import { type Fields, fieldsOf, isLeftOut } from './fields';
import { hasDotSegment, parseText } from './placeholders';
import { formatOf } from './wire/formats';

/** One request, rendered. */
export type Request = Pick<HttpCall, 'method' | 'path' | 'query' | 'headers' | 'body'>;

/** A request, ready to be rendered for the data of each call. */
export interface CompiledRequest {
  /** Whether it speaks of billing's own id, which nobody knows while the offer is absent. */
  readonly needsRemoteId: boolean;
  readonly encode: Encode;
  readonly decode: Decode;
  request(data: unknown): Promise<Request>;
  /** Only its body; `null`: none is sent. */
  body(data: unknown): Promise<unknown>;
}

type Render = (data: unknown) => Promise<string>;

/** The request of one operation: method, path, query, headers and body, as functions of what its expressions see.
 *  @throws INPUT_INVALID, BILLING_TEMPLATE naming the field; the request itself throws BILLING_TEMPLATE */
export function compileRequest(fields: Fields, field: string, compile: Compile): CompiledRequest {
  const method = wordOf(methods, fields.method);
  if (!method) throw inputInvalid(`${field}.method`, `is ${shapeOf(fields.method)}`, `Use ${methods.join(', ')}.`);
  const path = compilePath(fields.path, `${field}.path`, compile);
  const query = compileTexts(fields.query, `${field}.query`, compile);
  const headers = compileTexts(fields.headers, `${field}.headers`, compile);
  for (const header of headers.keys()) checkHeaderName(header, `${field}.headers`);
  if (!isLeftOut(fields.body) && method === 'GET')
    throw inputInvalid(`${field}.body`, 'is given, but a GET sends none', 'Use query, or another method.');
  const given = isLeftOut(fields.body) ? null : compileExpression(compile, fields.body, `${field}.body`);
  const encode = formatOf(fields.encode, `${field}.encode`, encodes, 'json');
  if (!given && !isLeftOut(fields.encode))
    throw inputInvalid(`${field}.encode`, 'is given, but no body', `Write ${field}.body, or take it away.`);
  const body = async (data: unknown) => given && checkBody(await given(data), `${field}.body`, encode);
  return {
    encode,
    // Who is written to in XML answers in XML.
    decode: formatOf(fields.decode, `${field}.decode`, decodes, encode === 'xml' ? 'xml' : 'json'),
    needsRemoteId: /\bremoteId\b/.test(JSON.stringify([fields.path, fields.query, fields.headers, fields.body])),
    request: async data => ({
      method,
      path: await path(data),
      query: await renderAll(query, data),
      headers: checkHeaders(await renderAll(headers, data), `${field}.headers`),
      ...(given ? { body: await body(data) } : {}),
    }),
    body,
  };
}

function compilePath(path: unknown, field: string, compile: Compile): Render {
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
    // Encoding leaves dots as they are, so a key of two dots would reach another address.
    if (hasDotSegment(rendered))
      throw inputInvalid(field, 'has a part that is only dots, which no address can carry', 'Choose another key.');
    return rendered;
  };
}

function compileTexts(given: unknown, field: string, compile: Compile): Map<string, Render> {
  const entries = isLeftOut(given) ? [] : Object.entries(fieldsOf(given, field));
  return new Map(entries.map(([name, text]) => [name, compileText(compile, text, `${field}.${name}`, false)]));
}

/** What comes out empty is left out. */
async function renderAll(templates: ReadonlyMap<string, Render>, data: unknown): Promise<Record<string, string>> {
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

function checkBody(body: unknown, field: string, encode: Encode): unknown {
  if (encode === 'text') {
    if (typeof body === 'string') return body;
    throw templateFailed(field, `gave ${shapeOf(body)}, not a text`, 'Make a text, for example with $string().');
  }
  if (encode === 'xml' && Array.isArray(body))
    throw templateFailed(
      field,
      'gave a list, and XML has one root',
      'Write an object, like { "plan": { "code": key } }.',
    );
  if (typeof body === 'object' && body !== null) return body;
  throw templateFailed(field, `gave ${shapeOf(body)}, not an object`, 'Write an object, like { "key": key }.');
}
