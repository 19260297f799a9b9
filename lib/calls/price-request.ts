import { shapeOf } from '../errors';
import type { Kind } from '../wap/types';
import { malformed } from './errors';

/** The two paths, in lower case (dn448713, dn448822). */
export const pricePaths = { planprice: 'plan', addonprice: 'addon' } as const;

/** What the tenant portal asks before a purchase. A parameter that WAP left out is null. */
export interface PriceRequest {
  kind: Kind;
  /** WAP's id of the plan or add-on. */
  id: string | null;
  region: string | null;
  /** The tenant's user name; prices may depend on who asks. */
  username: string | null;
  subscriptionId: string | null;
}

/** Characters of a value: it becomes part of what is kept. */
const longest = 500;

/** Reads the query of a request; names in any case.
 *  @throws CALL_MALFORMED for a value that is too long to be one */
export function readPriceRequest(kind: Kind, url: string): PriceRequest {
  const question = url.indexOf('?');
  const given = new URLSearchParams(question < 0 ? '' : url.slice(question + 1));
  const byName = new Map([...given].map(([name, value]) => [name.toLowerCase(), value]));
  const read = (name: string) => {
    const value = byName.get(name) ?? '';
    if (value.length > longest) {
      throw malformed(`${name}: expected at most ${longest} characters, but got ${shapeOf(value)}.`, name);
    }
    return value === '' ? null : value;
  };
  return {
    kind,
    ...{ id: read('id'), region: read('region'), username: read('username') },
    subscriptionId: kind === 'addon' ? read('subscriptionid') : null,
  };
}
