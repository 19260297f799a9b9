import { shapeOf } from '../../../errors';
import { wordOf } from '../../../words';
import { inputInvalid } from '../../invalid';
import type { Decode, Encode } from '../choices';
import { isLeftOut } from '../fields';
import { formOf } from './form';
import { xmlOf } from './xml';

const types: Record<Exclude<Encode, 'json'>, string> = {
  form: 'application/x-www-form-urlencoded',
  text: 'text/plain; charset=utf-8',
  xml: 'application/xml; charset=utf-8',
};
const accepts: Record<Exclude<Decode, 'json'>, string> = {
  text: '*/*',
  xml: 'application/xml, text/xml;q=0.9',
};

/** @throws INPUT_INVALID naming the field and the words it knows */
export function formatOf<F extends string>(given: unknown, field: string, known: readonly F[], preset: F): F {
  if (isLeftOut(given)) return preset;
  const word = wordOf(known, given);
  if (word) return word;
  throw inputInvalid(field, `is ${shapeOf(given)}`, `Use ${known.join(', ')}, or leave it out.`);
}

/** The body as it is sent; JSON is left to the HTTP client. */
export function encodeBody(body: unknown, encode: Encode): unknown {
  if (typeof body !== 'object' || body === null) return body;
  if (encode === 'form') return formOf(body);
  return encode === 'xml' ? xmlOf(body) : body;
}

/** The headers that a body and the wanted answer need; those of the template come first. */
export function withFormats(
  headers: Record<string, string>,
  { encode, decode, hasBody }: { encode: Encode; decode: Decode; hasBody: boolean },
): Record<string, string> {
  const has = (name: string) => Object.keys(headers).some(each => each.toLowerCase() === name);
  return {
    ...headers,
    ...(hasBody && encode !== 'json' && !has('content-type') ? { 'Content-Type': types[encode] } : {}),
    ...(decode !== 'json' && !has('accept') ? { Accept: accepts[decode] } : {}),
  };
}
