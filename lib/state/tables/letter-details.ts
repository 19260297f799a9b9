import { type Statement, statement, type Tx } from '../port';
import type { LetterKind } from './letter-count';
import type { LetterSource } from './letter-scan';

/** Identifies one letter, also after it was settled and set aside again. */
export type LetterKey =
  | { source: 'usage'; stream: number; eventId: number }
  | { source: 'events'; installation: string; consumer: string; feed: string; eventId: number }
  | { source: 'quarantine'; installation: string; feed: string; eventId: number; hash: string };

/** One letter as stored. `body`: the JSON text as WAP sent it; null when it is no longer kept. */
export interface StoredLetter {
  key: LetterKey;
  /** SQLite's row id, by which pages of letters are read. Not stable for ever: `key` is. */
  row: number;
  letter: LetterKind;
  installation: string;
  /** The reader; null in quarantine, which all readers share. */
  consumer: string | null;
  /** The replay it belongs to; empty for none, and for events, where the reader names the replay. */
  run: string;
  feed: string;
  eventId: number;
  /** Since when, ms UTC. */
  asideAt: number;
  attempts: number;
  reason: string | null;
  /** The reason without its ids; see `reasonGroupOf`. Empty in quarantine. */
  group: string;
  /** What it is about, such as `subscription/5b0…` or `plan/Gold`. */
  entity: string | null;
  /** It is in an open batch right now. */
  isOut: boolean;
  body: string | null;
}

interface Row {
  row: number;
  letter: LetterKind;
  stream: number;
  installation: string;
  consumer: string | null;
  run: string;
  feed: string;
  event_id: number;
  hash: string;
  at: number;
  attempts: number;
  reason: string | null;
  grp: string | null;
  entity: string | null;
  is_out: number;
  body: string | null;
}

/** Three tables hold letters; each is read into the same columns, so that a list can mix them. */
const selects: Record<LetterSource, string> = {
  usage: `SELECT e.rowid AS row, e.letter, e.stream, s.installation, s.consumer, s.run, 'usage' AS feed, e.event_id,
    '' AS hash, e.aside_at AS at, e.attempts, e.reason, e.reason_group AS grp,
    'subscription/' || e.subscription_id AS entity, e.status = 'sent' AS is_out, e.body
    FROM usage_exception e JOIN usage_stream s ON s.id = e.stream`,
  events: `SELECT e.rowid AS row, e.letter, 0 AS stream, e.installation, e.consumer, '' AS run, e.feed, e.event_id,
    '' AS hash, e.aside_at AS at, e.attempts, e.reason, e.reason_group AS grp, e.entity_key AS entity,
    e.status = 'sent' AS is_out, i.body
    FROM delivery e LEFT JOIN inbox i ON i.installation = e.installation AND i.feed = e.feed AND i.event_id = e.event_id`,
  quarantine: `SELECT e.rowid AS row, e.letter, 0 AS stream, e.installation, NULL AS consumer, '' AS run, e.feed, e.event_id,
    e.body_hash AS hash, e.seen_at AS at, 0 AS attempts, NULL AS reason, NULL AS grp, NULL AS entity, 0 AS is_out, e.body
    FROM quarantine e`,
};

function each(condition: Record<LetterSource, string>): Record<LetterSource, Statement<Row>> {
  const of = (source: LetterSource) =>
    statement<Row>(`${selects[source]} WHERE e.letter IS NOT NULL AND ${condition[source]}`);
  return { usage: of('usage'), events: of('events'), quarantine: of('quarantine') };
}

const inRows = 'e.rowid IN (SELECT value FROM json_each(:rows))';
const byRows = each({ usage: inRows, events: inRows, quarantine: inRows });
const byKey = each({
  usage: 'e.stream = :stream AND e.event_id = :eventId',
  events: 'e.installation = :installation AND e.consumer = :consumer AND e.feed = :feed AND e.event_id = :eventId',
  quarantine: 'e.installation = :installation AND e.feed = :feed AND e.event_id = :eventId AND e.body_hash = :hash',
});

/** Those rows that are still letters, by row id. */
export async function lettersIn(
  tx: Tx,
  source: LetterSource,
  rows: readonly number[],
): Promise<Map<number, StoredLetter>> {
  if (rows.length === 0) return new Map();
  const found = await tx.rows(byRows[source], { rows: JSON.stringify(rows) });
  return new Map(found.map(row => [row.row, toLetter(source, row)]));
}

/** Null when it is no longer a letter. */
export async function findLetter(tx: Tx, key: LetterKey): Promise<StoredLetter | null> {
  const { source, ...of } = key;
  const [row] = await tx.rows(byKey[source], of);
  return row ? toLetter(source, row) : null;
}

function toLetter(source: LetterSource, row: Row): StoredLetter {
  const { letter, installation, consumer, run, feed, attempts, reason, entity, body } = row;
  return {
    ...{ row: row.row, letter, installation, consumer, run, feed, attempts, reason, entity, body },
    key: keyOf(source, row),
    eventId: row.event_id,
    asideAt: row.at,
    group: row.grp ?? '',
    isOut: row.is_out > 0,
  };
}

function keyOf(source: LetterSource, row: Row): LetterKey {
  const { stream, installation, consumer, feed, event_id: eventId, hash } = row;
  if (source === 'usage') return { source, stream, eventId };
  if (source === 'events') return { source, installation, consumer: consumer ?? '', feed, eventId };
  return { source, installation, feed, eventId, hash };
}
