import { invalid } from '../errors';
import { type LetterKind, letterKinds } from '../state/tables/letter-count';
import type { LetterKey } from '../state/tables/letter-details';
import { eventFeeds } from '../wap/types';
import { wordOf } from '../words';

/** Which letters are meant: those that fit everything that is given. The same object lists them, counts them, and says what is
 *  done to all of them. */
export interface LetterFilter {
  kind?: LetterKind;
  /** Of usage, or of one feed of events. */
  feed?: LetterFeed;
  reader?: { installation: string; consumer: string };
  /** A part of a subscription's name, account or id; case and accents do not count. A whole id means that one alone. */
  tenant?: string;
  /** A part of what is measured, or of a billing meter that the reason names. */
  meter?: string;
  /** A part of the reason. */
  reason?: string;
  /** What reasons have in common, as `LetterGroup` has it. */
  group?: string;
  /** Set aside from the first time on and before the second, ms UTC. */
  from?: number;
  to?: number;
  /** What is measured lies, or the event happened, between two times, ms UTC. */
  usedFrom?: number;
  usedTo?: number;
}

const letterFeeds = ['usage', ...eventFeeds] as const;
export type LetterFeed = (typeof letterFeeds)[number];

const texts = ['tenant', 'meter', 'reason'] as const;
const times = ['from', 'to', 'usedFrom', 'usedTo'] as const;
/** Characters of a text that is searched for. */
const longest = 200;

/** @throws INPUT_INVALID naming the field */
export function readLetterFilter(value: unknown): LetterFilter {
  const given = asFields(value, 'filter');
  const filter: LetterFilter = {};
  if (isGiven(given.kind)) filter.kind = wordIn(letterKinds, given.kind, 'filter.kind');
  if (isGiven(given.feed)) filter.feed = wordIn(letterFeeds, given.feed, 'filter.feed');
  if (isGiven(given.reader)) filter.reader = readReader(given.reader);
  for (const name of texts) if (isGiven(given[name])) filter[name] = textIn(given[name], `filter.${name}`).trim();
  if (given.group !== undefined && given.group !== null) filter.group = textIn(given.group, 'filter.group');
  for (const name of times) if (isGiven(given[name])) filter[name] = timeIn(given[name], `filter.${name}`);
  return filter;
}

/** @throws INPUT_INVALID naming the field */
function readReader(value: unknown): { installation: string; consumer: string } {
  const { installation, consumer } = asFields(value, 'filter.reader');
  return {
    installation: textIn(installation, 'filter.reader.installation'),
    consumer: textIn(consumer, 'filter.reader.consumer'),
  };
}

/** What names one letter. @throws INPUT_INVALID naming the field */
export function readLetterKey(value: unknown, field: string): LetterKey {
  const { source, stream, installation, consumer, feed, eventId, hash } = asFields(value, field);
  const id = numberIn(eventId, `${field}.eventId`);
  if (source === 'usage') return { source, stream: numberIn(stream, `${field}.stream`), eventId: id };
  const of = { installation: textIn(installation, `${field}.installation`), feed: textIn(feed, `${field}.feed`) };
  if (source === 'events') return { source, ...of, consumer: textIn(consumer, `${field}.consumer`), eventId: id };
  if (source === 'quarantine') return { source, ...of, hash: textIn(hash, `${field}.hash`), eventId: id };
  throw invalid(`${field}.source`, 'usage, events or quarantine', source);
}

/** The filter for a person, in the words of its fields; `*` for all. */
export function wordsOf(filter: LetterFilter): string {
  const { reader, ...plain } = filter;
  const named = Object.entries(plain).map(([name, value]) => {
    const isTime = typeof value === 'number';
    return `${name}: ${isTime ? new Date(value).toISOString() : value}`;
  });
  const words = reader ? [...named, `reader: ${reader.installation} ${reader.consumer}`] : named;
  return words.length === 0 ? '*' : words.join(' · ');
}

/** A field that a form left empty narrows nothing. */
const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

function asFields(value: unknown, field: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw invalid(field, 'an object', value);
}

function textIn(value: unknown, field: string): string {
  if (typeof value === 'string' && value.length <= longest) return value;
  throw invalid(field, `a text of at most ${longest} characters`, value);
}

function numberIn(value: unknown, field: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(field, 'a whole number', value);
}

/** ms UTC within what a date can show. @throws INPUT_INVALID */
function timeIn(value: unknown, field: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && Math.abs(value) < 8.64e15) return value;
  throw invalid(field, 'a time in milliseconds', value);
}

function wordIn<W extends string>(words: readonly W[], value: unknown, field: string): W {
  const word = wordOf(words, value);
  if (word) return word;
  throw invalid(field, `one of ${words.join(', ')}`, value);
}
