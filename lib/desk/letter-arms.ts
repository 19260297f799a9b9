import { foldId } from '../ids';
import type { Tx } from '../state/port';
import type { LetterKind } from '../state/tables/letter-count';
import { tenantsWithLetters } from '../state/tables/letter-groups';
import { type LetterReaders, letterReaders } from '../state/tables/letter-readers';
import type { LetterArm, LetterConditions, LetterSource } from '../state/tables/letter-scan';
import { tenantsNamed } from '../state/tables/tenant-name';
import type { LetterFilter } from './letter-filter';

/** A filter as it is looked up: along which indices, and what is asked of each letter there. */
export interface LetterSearch {
  arms: LetterArm[];
  conditions: LetterConditions;
  /** More tenants have the text in their name than are looked at. */
  tenantsCut: boolean;
}

/** Tenants of one name that are looked at. */
export const mostTenants = 20;

/** Where letters of each kind are stored. */
const kinds: Array<{ source: LetterSource; letter: LetterKind }> = [
  { source: 'usage', letter: 'dead' },
  { source: 'usage', letter: 'waiting' },
  { source: 'events', letter: 'dead' },
  { source: 'events', letter: 'waiting' },
  { source: 'events', letter: 'parked' },
  { source: 'quarantine', letter: 'quarantine' },
];

/** What a filter means now: names of tenants and readers are looked up once, at its beginning. */
export async function searchOf(tx: Tx, filter: LetterFilter): Promise<LetterSearch> {
  const readers = await letterReaders(tx);
  const fitting = kinds.filter(each => mayFit(each, filter));
  const tenants = filter.tenant === undefined ? null : await tenantsOf(tx, filter.tenant);
  const looked = tenants?.slice(0, mostTenants) ?? null;
  const arms = fitting.flatMap(each => armsOf(each, filter, looked));
  return {
    arms,
    conditions: conditionsOf(filter, readers, looked),
    tenantsCut: (tenants?.length ?? 0) > mostTenants,
  };
}

/** Whether letters of the kind can fit at all; what cannot is not looked through. */
function mayFit({ source, letter }: { source: LetterSource; letter: LetterKind }, filter: LetterFilter): boolean {
  const { kind, feed, meter, reason, group } = filter;
  if (kind !== undefined && kind !== letter) return false;
  if (feed !== undefined && source !== 'quarantine' && (feed === 'usage') !== (source === 'usage')) return false;
  if (source === 'quarantine') return reason === undefined && (group === undefined || group === '');
  return source === 'usage' || meter === undefined;
}

/** Along the index that leaves fewest letters to look at: by tenant, by reason, or by time. */
function armsOf(
  of: { source: LetterSource; letter: LetterKind },
  { group }: LetterFilter,
  tenants: readonly string[] | null,
): LetterArm[] {
  if (of.source === 'quarantine') return [{ ...of, along: 'time', value: '' }];
  if (tenants) return tenants.map(value => ({ ...of, along: 'tenant', value }));
  if (group !== undefined) return [{ ...of, along: 'reason', value: group }];
  return [{ ...of, along: 'time', value: '' }];
}

/** Folded ids; one more than are looked at when there are more. */
export async function tenantsOf(tx: Tx, text: string): Promise<string[]> {
  const limit = mostTenants + 1;
  const found = new Set(await tenantsNamed(tx, text, limit));
  const beginning = foldId(text);
  for (const { source, letter } of kinds) {
    if (source === 'quarantine' || beginning === '') continue;
    for (const id of await tenantsWithLetters(tx, source, letter, { beginning, limit })) found.add(id);
  }
  return found.has(beginning) ? [beginning] : [...found].slice(0, limit);
}

/** What is asked of each letter, as the statement takes it; null stands for anything. */
function conditionsOf(
  filter: LetterFilter,
  readers: LetterReaders,
  tenants: readonly string[] | null,
): LetterConditions {
  const { reader, feed, group, reason, meter, from, to, usedFrom, usedTo } = filter;
  const isTheirs = (of: { installation: string; consumer: string }) =>
    of.installation === reader?.installation && of.consumer === reader.consumer;
  const isUsed = usedFrom !== undefined || usedTo !== undefined;
  return {
    from: from ?? Number.MIN_SAFE_INTEGER,
    to: to ?? Number.MAX_SAFE_INTEGER,
    streams: reader ? JSON.stringify(readers.streams.filter(isTheirs).map(({ id }) => id)) : null,
    readers: reader ? JSON.stringify(readers.events.filter(isTheirs).map(each => [each.installation, each.as])) : null,
    installation: reader?.installation ?? null,
    feed: feed ?? null,
    group: group ?? null,
    text: reason === undefined ? null : patternOf(reason),
    tenants: tenants && JSON.stringify(tenants),
    meter: meter === undefined ? null : patternOf(meter),
    meterReason: meter === undefined ? null : `${escaped(meter)}%:%`,
    usedFrom: isUsed ? wapTime(usedFrom ?? 0) : null,
    usedTo: isUsed ? wapTime(usedTo ?? latest) : null,
  };
}

/** The last time that a date can show. */
const latest = Date.UTC(9999, 0);

/** As WAP writes it, which sorts as the time does. */
const wapTime = (ms: number): string => new Date(ms).toISOString().slice(0, 19);

/** `!` escapes in patterns. */
const escaped = (text: string): string => text.replace(/[!%_]/g, '!$&');
const patternOf = (text: string): string => `%${escaped(text)}%`;
