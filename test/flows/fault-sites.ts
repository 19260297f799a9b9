/** Every call of a sale, found in the HTTP log of one that nothing disturbed, and faults that meet it. */
import type { FaultKind, FaultRule } from '../../simulator/fault';
import { type LogEntry, pathOnly } from '../../simulator/log';
import type { ServerName } from '../../simulator/server-name';

/** One call of a sale: the `nth` request to this place. Ids in the path are `{original}` or `{clone}`. */
export interface Site {
  server: ServerName;
  method: string;
  path: string;
  nth: number;
}

export interface PlannedFault {
  site: Site;
  kind: FaultKind;
  /** Until somebody mends it, or only once. */
  lasting: boolean;
}

export interface FaultCase extends PlannedFault {
  /** Of the plan; short, so that the ids of plan and clone, which begin with it, tell whose call it is. */
  name: string;
}

/** Every way to fail that a caller can see. `hold` belongs to tests of redeploys. */
export const kinds = ['delay', 'status', 'rate', 'reset-before', 'reset-after', 'cut-json', 'html'] as const;

/** How much longer than the client waits. */
const delayMs = 1500;
/** An id is the name's first six letters and digits, and eight more of chance. */
const chance = '\\w{8}';

export const nameOf = (prefix: string, number: number): string => prefix + number.toString(36).padStart(3, '0');

/** The calls that concern the plan `name` and those that name no plan, each once; a GET right after the same GET only
 *  repeats it, and of the calls that name no plan the first stands for all: whose they are cannot be told. */
export function sitesOf(entries: LogEntry[], name: string): Site[] {
  const counts = new Map<string, number>();
  const sites: Site[] = [];
  let before = '';
  for (const { server, method, path: url } of entries) {
    const path = placeOf(pathOnly(url), name);
    if (path === null) continue;
    const place = `${server} ${method} ${path}`;
    const nth = (counts.get(place) ?? 0) + 1;
    counts.set(place, nth);
    const repeats = method === 'GET' && place === before;
    before = place;
    const site = { server, method, path, nth };
    if (nth === 1 || (isOwn(site) && !repeats && !(isPolled(site) && nth > 2))) sites.push(site);
  }
  return sites;
}

/** Whether the call tells whose it is. */
export const isOwn = ({ path }: Site): boolean => path.includes('{');

/** Whether the sale itself makes the call, and not the adapter beside it. */
export const isOfSale = (site: Site): boolean =>
  isOwn(site) && (site.server === 'admin' || site.path.endsWith('/publish'));

/** How often an offer is looked up is a matter of time. */
export const isPolled = ({ server, method }: Site): boolean => server === 'billing' && method === 'GET';

/** Whoever asks to be left alone is left alone by every sale: while this lasts none of them gets on, wherever it is. */
const bindsAll = ({ kind, lasting }: PlannedFault): boolean => kind === 'rate' && lasting;

/** Batches to be played one after the other: in each a place that names no plan is met by one fault at most, and what binds
 *  all sales has a batch to itself. */
export function batchesOf(planned: PlannedFault[], size: number): PlannedFault[][] {
  const batches: PlannedFault[][] = [];
  for (const each of planned.filter(fault => !bindsAll(fault))) {
    const place = titleOf(each.site);
    const fits = (batch: PlannedFault[]) =>
      batch.length < size && (isOwn(each.site) || batch.every(({ site }) => titleOf(site) !== place));
    const batch = batches.find(fits);
    if (batch) batch.push(each);
    else batches.push([each]);
  }
  return [...batches, ...planned.filter(bindsAll).map(fault => [fault])];
}

export const titleOf = ({ server, method, path, nth }: Site): string => `${server} ${method} ${path} #${nth}`;

export function ruleOf({ site, kind, name, lasting }: FaultCase): FaultRule {
  const path = site.path.replace('{original}', `${name}${chance}`).replace('{clone}', `${name}r\\d${chance}`);
  return {
    ...{ kind, server: site.server, method: site.method, path: new RegExp(`^${path}(\\?|$)`), skip: site.nth - 1 },
    times: lasting ? Number.POSITIVE_INFINITY : 1,
    ...(kind === 'delay' ? { delayMs } : {}),
  };
}

/** `null` for another plan's call. */
function placeOf(path: string, name: string): string | null {
  const [, collection, id, ...rest] = path.split('/');
  if (id === undefined || !['plans', 'addons', 'offers'].includes(collection ?? '')) return path;
  const whose = new RegExp(`^${name}(r\\d)?${chance}$`).exec(id);
  if (!whose) return null;
  return ['', collection, whose[1] ? '{clone}' : '{original}', ...rest].join('/');
}
