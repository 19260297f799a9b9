import { type Params, type Statement, statement, type Tx } from '../port';
import type { LetterKind } from './letter-count';

/** Where letters are: usage records kept singly, deliveries of events, bodies in quarantine. */
export type LetterSource = 'usage' | 'events' | 'quarantine';

/** Letters of one kind in one place, by time, along one index: all of them, those of one group of reasons, or those of one
 *  tenant. */
export interface LetterArm {
  source: LetterSource;
  letter: LetterKind;
  along: 'time' | 'reason' | 'tenant';
  /** The group of reasons, or the folded id of the subscription. */
  value: string;
}

/** Further conditions; null means none. Lists are JSON; `text`, `meter` and `meterReason` are LIKE patterns with `!` as escape. */
export interface LetterConditions {
  /** Set aside from one time until before the other, ms UTC. */
  from: number;
  to: number;
  /** Ids of streams. */
  streams: string | null;
  /** Pairs of installation and reader. */
  readers: string | null;
  installation: string | null;
  feed: string | null;
  group: string | null;
  text: string | null;
  tenants: string | null;
  meter: string | null;
  /** A reason that begins with a billing meter, such as `meter: why`. */
  meterReason: string | null;
  /** The usage, or the event, is between two times as WAP writes them. */
  usedFrom: string | null;
  usedTo: string | null;
}

/** The letter after which a scan continues. */
export interface LetterPlace {
  at: number;
  row: number;
}

/** A letter that was looked at, whether it is wanted or not: the scan goes on behind it. */
export interface ScannedLetter extends LetterPlace {
  group: string;
  /** It meets the conditions. */
  fits: boolean;
}

/** The parts of the conditions; each one is true where its value is null. */
const isAny = (name: string) => `CAST(:${name} AS TEXT) IS NULL`;
const oneOf = (column: string, name: string) =>
  `(${isAny(name)} OR ${column} IN (SELECT value FROM json_each(:${name})))`;
const period = (start: string, end: string) => `(${isAny('usedFrom')} OR (${start} < :usedTo AND
  (${end} > :usedFrom OR ${start} >= :usedFrom)))`;
const measures = `EXISTS (SELECT 1 FROM json_each(body, '$.Resources') m WHERE m.key LIKE :meter ESCAPE '!')`;
const inGroup = `(${isAny('group')} OR reason_group = :group)`;
const withText = `(${isAny('text')} OR reason LIKE :text ESCAPE '!')`;
const ofReader = `(${isAny('readers')} OR EXISTS (SELECT 1 FROM json_each(:readers) r
  WHERE json_extract(r.value, '$[0]') = installation AND json_extract(r.value, '$[1]') = consumer))`;
const ofFeed = `(${isAny('feed')} OR feed = :feed)`;
const inbox = `(SELECT i.body FROM inbox i WHERE i.installation = page.installation AND i.feed = page.feed
  AND i.event_id = page.event_id)`;
const named = `COALESCE(json_extract(body, '$.SubscriptionId'), json_extract(body, '$.Entity.SubscriptionID'))`;

interface Place {
  table: string;
  columns: string;
  time: string;
  group: string;
  tenant: string;
  fits: string[];
}

const places: Record<LetterSource, Place> = {
  usage: {
    table: 'usage_exception',
    columns: 'stream, subscription_id, reason, body',
    time: 'aside_at',
    group: 'reason_group',
    tenant: 'subscription_id',
    fits: [
      oneOf('stream', 'streams'),
      inGroup,
      withText,
      oneOf('subscription_id', 'tenants'),
      `(${isAny('meter')} OR reason LIKE :meterReason ESCAPE '!' OR ${measures})`,
      period(`json_extract(body, '$.StartTime')`, `json_extract(body, '$.EndTime')`),
    ],
  },
  events: {
    table: 'delivery',
    columns: 'installation, consumer, feed, event_id, entity_key, reason',
    time: 'aside_at',
    group: 'reason_group',
    tenant: 'entity_key',
    fits: [
      ofReader,
      ofFeed,
      inGroup,
      withText,
      `(${isAny('tenants')} OR entity_key IN (SELECT 'subscription/' || value FROM json_each(:tenants)))`,
      `(${isAny('usedFrom')} OR json_extract(${inbox}, '$.NotificationEventTimeCreated') BETWEEN :usedFrom AND :usedTo)`,
    ],
  },
  quarantine: {
    table: 'quarantine',
    columns: 'installation, feed, event_id, body',
    time: 'seen_at',
    group: `''`,
    tenant: `''`,
    fits: [
      `(${isAny('installation')} OR installation = :installation)`,
      ofFeed,
      `(${isAny('tenants')} OR ${named} IN (SELECT value FROM json_each(:tenants))
        OR lower(${named}) IN (SELECT value FROM json_each(:tenants)))`,
      `(${isAny('meter')} OR ${measures})`,
      period(
        `COALESCE(json_extract(body, '$.StartTime'), json_extract(body, '$.NotificationEventTimeCreated'))`,
        `COALESCE(json_extract(body, '$.EndTime'), json_extract(body, '$.NotificationEventTimeCreated'))`,
      ),
    ],
  },
};

/** Parameters that the conditions of a place use: a driver refuses a value that no statement names. */
const conditionNames = {
  usage: ['streams', 'group', 'text', 'tenants', 'meter', 'meterReason', 'usedFrom', 'usedTo'],
  events: ['readers', 'feed', 'group', 'text', 'tenants', 'usedFrom', 'usedTo'],
  quarantine: ['installation', 'feed', 'tenants', 'meter', 'usedFrom', 'usedTo'],
} as const satisfies Record<LetterSource, ReadonlyArray<keyof LetterConditions>>;

interface Row {
  row: number;
  at: number;
  grp: string | null;
  ok: number;
}

/** By when letters were set aside. */
export type LetterOrder = 'newest first' | 'oldest first';

/** Statements by what they read: a dozen texts, made when they are first needed. */
const made = new Map<string, Statement<Row>>();

/** Reads a bounded piece of an index and checks each of its rows: the cost does not depend on how few of them match. */
function scanOf(source: LetterSource, along: LetterArm['along'], order: LetterOrder): Statement<Row> {
  const name = `${source} ${along} ${order}`;
  const known = made.get(name);
  if (known) return known;
  const { table, columns, time, group, tenant, fits } = places[source];
  const [is, way] = order === 'newest first' ? ['<', 'DESC'] : ['>', 'ASC'];
  // Left to itself, SQLite scans everything by time to find the letters of one tenant.
  const index = `${table}_letter${along === 'time' ? '' : `_${along}`}`;
  const key = { time: '', reason: `AND ${group} = :value`, tenant: `AND ${tenant} = :value` }[along];
  const scan = statement<Row>(`
    SELECT row, at, grp, (${fits.join(' AND ')}) AS ok FROM (
      SELECT rowid AS row, ${time} AS at, ${group} AS grp, ${group} AS reason_group, ${columns} FROM ${table} INDEXED BY ${index}
      WHERE letter = :letter ${key} AND ${time} >= :from AND ${time} < :to AND (${time}, rowid) ${is} (:at, :row)
      ORDER BY ${time} ${way}, rowid ${way} LIMIT :limit) AS page`);
  made.set(name, scan);
  return scan;
}

/** The next letters of an arm, matching or not; fewer than `limit` at its end. */
export async function scanLetters(
  tx: Tx,
  arm: LetterArm,
  conditions: LetterConditions,
  at: { behind: LetterPlace; order: LetterOrder; limit: number },
): Promise<ScannedLetter[]> {
  const { source, letter, along, value } = arm;
  const asked: Params = Object.fromEntries(conditionNames[source].map(name => [name, conditions[name]]));
  const key =
    along === 'time' ? {} : { value: source === 'events' && along === 'tenant' ? `subscription/${value}` : value };
  const { from, to } = conditions;
  const rows = await tx.rows(scanOf(source, along, at.order), {
    ...{ letter, from, to, ...at.behind, limit: at.limit },
    ...asked,
    ...key,
  });
  return rows.map(({ row, at: time, grp, ok }) => ({ row, at: time, group: grp ?? '', fits: ok > 0 }));
}

/** Where a scan begins. */
export const letterStart: Record<LetterOrder, LetterPlace> = {
  'newest first': { at: Number.MAX_SAFE_INTEGER, row: Number.MAX_SAFE_INTEGER },
  'oldest first': { at: -1, row: -1 },
};
