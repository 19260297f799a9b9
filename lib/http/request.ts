import type { AxiosRequestConfig } from 'axios';
import { AdapterError, shapeOf } from '../errors';
import type { HttpCall } from './types';

/** The call as axios takes it: full address, headers, body as text.
 *  @throws INPUT_INVALID when the body cannot be written as JSON */
export function requestOf(call: HttpCall, baseUrl: string, authorization: string | undefined): AxiosRequestConfig {
  const url = baseUrl.replace(/\/+$/, '') + (call.path.startsWith('/') ? call.path : `/${call.path}`);
  const query = Object.entries(call.query ?? {})
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  const headers: Record<string, string | false> = {
    Accept: 'application/json',
    'User-Agent': 'node-red-wap-billing',
    ...call.headers,
  };
  if (authorization !== undefined) headers.Authorization = authorization;
  const request: AxiosRequestConfig = { method: call.method, url: query === '' ? url : `${url}?${query}`, headers };
  const hasType = Object.keys(headers).some(name => name.toLowerCase() === 'content-type');
  // `false` keeps axios from adding a form content type to a PUT without a body.
  if (!hasType) headers['Content-Type'] = call.body === undefined ? false : 'application/json; charset=utf-8';
  if (call.body === undefined) return request;
  request.data = typeof call.body === 'string' ? call.body : toJson(call);
  return request;
}

/** @throws INPUT_INVALID for what JSON cannot hold, such as an object that contains itself */
function toJson({ body, subject }: HttpCall): string {
  try {
    return JSON.stringify(body);
  } catch {
    throw new AdapterError('INPUT_INVALID', `body: ${shapeOf(body)} cannot be written as JSON (${subject}).`, {
      subject: 'body',
    });
  }
}
