import type { LetterPlaces } from '../../../lib/desk/dead-letters';
import type { LetterFilter } from '../../../lib/desk/letter-filter';
import { say } from '../../red';
import type { Filter } from '../view';
import type { FilterField } from '../widgets/filter-bar';
import type { Suggestion } from '../widgets/suggestions';

const kinds = ['dead', 'waiting', 'parked', 'quarantine'] as const;
const feeds = [
  ...['usage', 'plans', 'addons', 'planServices', 'planAddons', 'subscriptions', 'subscriptionAddons'],
  'addOnServices',
] as const;

export const kindName = (kind: string): string => say(`desk.letters.kind.${kind}`);
export const feedName = (feed: string): string => say(`desk.letters.feed.${feed}`);

/** What letters can be filtered by; a reader only where there are several. */
export function letterFields(
  { readers }: LetterPlaces,
  suggest: (text: string) => Promise<Suggestion[]>,
): FilterField[] {
  const named = readers.map(({ installation, consumer }) => [
    JSON.stringify([installation, consumer]),
    `${consumer} · ${installation}`,
  ]);
  const reader = { name: 'reader', isMore: true, label: say('desk.letters.reader') };
  return [
    { name: 'tenant', label: say('desk.letters.tenant'), suggest },
    { name: 'usedDay', label: say('desk.letters.usedDay'), isDay: true },
    { name: 'kind', label: say('desk.letters.kindLabel'), words: words(say('desk.letters.allKinds'), kinds, kindName) },
    { name: 'day', label: say('desk.letters.day'), isDay: true, isMore: true },
    { name: 'reason', isMore: true, label: say('desk.letters.reason') },
    { name: 'meter', isMore: true, label: say('desk.letters.meter') },
    {
      name: 'feed',
      isMore: true,
      label: say('desk.letters.feedLabel'),
      words: words(say('desk.letters.allFeeds'), feeds, feedName),
    },
    ...(readers.length > 1
      ? [{ ...reader, words: { '': say('desk.letters.allReaders'), ...Object.fromEntries(named) } }]
      : []),
  ];
}

const words = (all: string, list: readonly string[], nameOf: (word: string) => string): Record<string, string> => ({
  '': all,
  ...Object.fromEntries(list.map(word => [word, nameOf(word)])),
});

/** The fields as the filter that lists, counts and acts. A day is the browser's. */
export function letterFilter(values: Filter): LetterFilter {
  const { kind, feed, reader, day, usedDay } = values;
  const filter: Record<string, unknown> = {};
  for (const name of ['tenant', 'meter', 'reason', 'group'] as const) if (values[name]) filter[name] = values[name];
  if (kind) filter.kind = kind;
  if (feed) filter.feed = feed;
  if (reader) {
    const [installation, consumer]: unknown[] = JSON.parse(reader);
    filter.reader = { installation, consumer };
  }
  if (day) [filter.from, filter.to] = dayOf(day);
  if (usedDay) [filter.usedFrom, filter.usedTo] = dayOf(usedDay);
  return filter;
}

/** Its beginning and its end, also when the clock is changed on it. */
function dayOf(day: string): [number, number] {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return [new Date(year, month - 1, date).getTime(), new Date(year, month - 1, date + 1).getTime()];
}
