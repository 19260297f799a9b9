import type { Clock } from '../async/clock';
import type { Kind } from '../wap/types';
import type { CallCredentials } from './basic';
import { type CallHandler, callHandler, type Reply } from './handler';
import { openEndpoint } from './open-endpoints';
import { pricePaths, readPriceRequest } from './price-request';
import { type NameOf, type PriceRow, priceInTable } from './price-table';
import { type AskedPrice, WaitingPrices } from './waiting-prices';

/** How price requests are served; times in ms. */
export interface PricesOptions {
  clock: Clock;
  endpoint: string;
  /** Which node it is, for whoever wants the same prefix. */
  owner: string;
  credentials: CallCredentials;
  /** Whom to ask first. The table also helps out when the flow is late. */
  source: 'flow' | 'table';
  table: readonly PriceRow[];
  nameOf: NameOf;
  /** How the text is sent: the documents do not say (dn448713). */
  form: 'json' | 'text';
  deadlineMs: number;
  signal: AbortSignal;
  ask(asked: AskedPrice): void;
  /** The flow did not answer in time. */
  late(asked: { kind: Kind; id: string | null }): void;
  refused(): void;
  fail(error: unknown): void;
}

/** Serves WAP's price requests until the signal aborts: the handlers of both paths, in lower case.
 *  @throws INPUT_CONFIG when another node has the prefix */
export function openPrices(options: PricesOptions): Record<string, CallHandler> {
  const { clock, endpoint, owner, deadlineMs, signal, ask } = options;
  const waiting = new WaitingPrices({ clock, endpoint, deadlineMs, signal, ask });
  const leave = openEndpoint('price', endpoint, waiting, owner);
  signal.addEventListener(
    'abort',
    () => {
      leave();
      waiting.close();
    },
    { once: true },
  );
  return Object.fromEntries(Object.entries(pricePaths).map(([path, kind]) => [path, serve(kind, waiting, options)]));
}

/** The handler of one path. 404 where there is no price, so that the portal shows none rather than a wrong one. */
function serve(kind: Kind, waiting: WaitingPrices, options: PricesOptions): CallHandler {
  const { credentials, refused, fail, signal, clock } = options;
  const failUnlessClosed = (error: unknown) => {
    if (!signal.aborted) fail(error);
  };
  return callHandler(
    { verbs: ['GET'], credentials, maxBytes: 0, bodyMs: 1_000, clock, refused, fail: failUnlessClosed },
    async request => {
      const asked = readPriceRequest(kind, request.url ?? '');
      const price = await priceOf(asked, waiting, options);
      return price === undefined
        ? { status: 404, body: { error: 'There is no price for it.' } }
        : replyOf(price, options);
    },
  );
}

/** From the flow, and from the table where the flow is late or not asked; undefined when neither has one. */
async function priceOf(asked: AskedPrice['request'], waiting: WaitingPrices, options: PricesOptions) {
  const fromFlow = options.source === 'flow' ? await waiting.price(asked) : null;
  if (fromFlow !== null) return fromFlow;
  if (options.source === 'flow') options.late(asked);
  return priceInTable(options.table, asked, options.nameOf);
}

/** The text alone, or as JSON with quotes around it; see `form`. */
function replyOf(price: string, { form }: PricesOptions): Reply {
  if (form === 'json') return { status: 200, body: price };
  return { status: 200, body: price, headers: { 'content-type': 'text/plain; charset=utf-8' } };
}
