/** What must hold of a sale, whatever went wrong on the way: sentences about what does not, from the HTTP log, WAP and billing. */
import type { LogEntry } from '../../simulator/log';
import { pathOnly } from '../../simulator/log';
import type { Kind, SaleWorld } from './sale-world';

/** At any time, also half-way: nothing that tenants or money would notice is wrong. */
export function neverRight(sale: SaleWorld, kind: Kind, name: string): string[] {
  const wrong: string[] = [];
  const family = sale.family(kind, name);
  const publics = family.filter(({ State }) => State === 1);
  if (publics.length > 1) wrong.push(`${publics.length} of ${name} are public`);
  if (family.length > 2) wrong.push(`orphans: ${family.map(({ DisplayName }) => DisplayName).join(', ')}`);
  const keys = sale.world.billing.state.offers.map(({ key }) => key);
  if (new Set(keys).size < keys.length) wrong.push('billing has two offers for one plan');
  for (const plan of publics) {
    const offer = sale.world.billing.state.offers.find(({ key }) => key === plan.Id);
    if (offer?.state !== 'active')
      wrong.push(`${plan.DisplayName} is public, its offer is ${offer?.state ?? 'absent'}`);
  }
  return [...wrong, ...wrongOrder(sale.world.log.entries(), kind, name)];
}

/** In the end: one plan, public, configured, with the one offer that is on sale, mapped both ways. */
export async function notSold(sale: SaleWorld, kind: Kind, name: string): Promise<string[]> {
  const wrong = neverRight(sale, kind, name);
  const family = sale.family(kind, name);
  const [sold, ...others] = family;
  if (!sold) return [...wrong, `WAP has no ${name}`];
  if (others.length > 0) wrong.push(`left over: ${family.map(({ DisplayName }) => DisplayName).join(', ')}`);
  if (sold.State !== 1) wrong.push(`${sold.DisplayName} has the state ${sold.State}`);
  if (sold.ConfigState !== 1) wrong.push(`${sold.DisplayName} is not configured`);
  if (sold.ServiceQuotas[0]?.Settings[0]?.Key !== 'Editions') wrong.push(`${sold.DisplayName} lost its quotas`);
  const offers = sale.world.billing.state.offers.filter(({ name: of }) => of === name || of.startsWith(`${name} (r`));
  const active = offers.filter(({ state }) => state === 'active');
  if (active.length !== 1 || active[0]?.key !== sold.Id) wrong.push(`on sale in billing: ${JSON.stringify(active)}`);
  const mapped = Object.entries(await sale.mapped(kind));
  const mine = mapped.filter(([wapId]) => wapId === sold.Id || offers.some(({ key }) => key === wapId));
  const right = [[sold.Id, active[0]?.id]];
  if (JSON.stringify(mine) !== JSON.stringify(right)) wrong.push(`mapped: ${JSON.stringify(mine)}`);
  if (new Set(mapped.map(([, billingId]) => billingId)).size < mapped.length)
    wrong.push('a billing id is mapped twice');
  return wrong;
}

/** Deleted only after the clone was read back; changed when it goes on sale only after billing had shown its offer.
 *  The simulator's ids begin with the letters and digits of the name, so they tell whose a call is. */
function wrongOrder(entries: LogEntry[], kind: Kind, name: string): string[] {
  const begin = `/${kind}s/${name.replace(/[^A-Za-z0-9]/g, '').slice(0, 6)}`;
  const succeeded = ({ status }: LogEntry) => status !== null && status < 300;
  const mine = entries.filter(({ server, path }) => server === 'admin' && path.startsWith(begin));
  const wrong: string[] = [];
  for (const { order, path } of mine.filter(entry => entry.method === 'DELETE' && succeeded(entry))) {
    const ofClone = mine.filter(entry => entry.order < order && !pathOnly(entry.path).startsWith(path));
    const written = ofClone.findLast(({ method }) => method !== 'GET');
    const isRead = (entry: LogEntry) => entry.method === 'GET' && succeeded(entry);
    if (!ofClone.some(entry => entry.order > (written?.order ?? 0) && isRead(entry)))
      wrong.push(`${path} was deleted before its clone was read back`);
  }
  for (const { order, path } of mine.filter(({ method, path: of }) => method === 'PUT' && of.split('/').length === 3)) {
    const offer = `/offers/${path.split('/')[2]}`;
    const answered = entries.filter(entry => entry.server === 'billing' && entry.order < order && succeeded(entry));
    if (!answered.some(entry => entry.path.startsWith(offer)))
      wrong.push(`${path} was changed before billing had shown its offer`);
  }
  return wrong;
}
