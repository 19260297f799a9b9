import { AdapterError, shapeOf } from '../../errors';
import type { HttpAnswer } from '../../http/types';
import { isEmptyList, saysError, wordsOf } from '../peer-says';
import type { BillingCall } from '../port';
import type { RestCalls } from './calls';
import type { ListOperation, RequestData } from './operation';
import { unreadable } from './read-answer';

/** After so many pages a list is taken for one that never ends. */
const mostPages = 10_000;

/** One page, with the answer it came in and what its request's expressions saw. */
export interface ListPage {
  items: unknown[];
  answer: HttpAnswer;
  data: RequestData;
}

/** A list, page after page, without empty pages. It ends when a page brings nothing new, or where `next` says so. A short page is
 *  not the end: the server may give fewer than were asked for.
 *  @throws BILLING_BAD_RESPONSE when an answer is no list, or there is no end */
export async function* pagesOf(
  calls: RestCalls,
  list: ListOperation,
  subject: string,
  { signal }: BillingCall = {},
): AsyncGenerator<ListPage, void, undefined> {
  let page: unknown = list.firstPage;
  let last = '';
  for (let pages = 1; pages <= mostPages; pages += 1) {
    const data = { page, pageSize: list.pageSize };
    const answer = await calls.send(list, data, { subject, repeatable: true, signal }).catch((error: unknown) => {
      if (pages > 1 && isBehindTheEnd(list, error)) return null;
      throw error;
    });
    if (!answer) return;
    const items = await itemsOf(list, answer.body);
    // The same page again: the server ignores our page parameter, and the list would never end.
    const same = JSON.stringify(items);
    if (same === last) return;
    last = same;
    if (items.length > 0) yield { items, answer, data };
    page = await nextPage(list, page, items.length, answer);
    if (page === null) return;
  }
  throw unreadable(`${list.field}.next`, `gave more than ${mostPages} pages`);
}

/** Some servers answer 404 to a page after the last one. */
function isBehindTheEnd({ next }: ListOperation, error: unknown): boolean {
  return next === null && error instanceof AdapterError && error.code === 'BILLING_NOT_FOUND';
}

async function itemsOf(list: ListOperation, body: unknown): Promise<unknown[]> {
  const field = `${list.field}.items`;
  const items = await list.items(body);
  const isList = Array.isArray(items);
  if (isList && (items.length > 0 || !saysError(body))) return items;
  if (items === undefined || items === null || isList) {
    if (isEmptyList(body)) return [];
    throw unreadable(field, 'gave nothing, and the answer is no empty list', wordsOf(body));
  }
  // JSONata unwraps a list of one. The whole answer is no such member: then the expression found nothing.
  if (typeof items === 'object' && items !== body) return [items];
  throw unreadable(field, `gave ${shapeOf(items)}, not a list`, wordsOf(body));
}

async function nextPage(list: ListOperation, page: unknown, count: number, answer: HttpAnswer): Promise<unknown> {
  if (list.next) {
    const { body, status, headers } = answer;
    const next = await list.next(body, { page, count, pageSize: list.pageSize, status, headers });
    return next === undefined || next === '' || next === false ? null : next;
  }
  if (list.pageSize === null || count === 0 || typeof page !== 'number') return null;
  return page + 1;
}
