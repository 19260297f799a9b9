import { foldId } from '../ids';
import type { Tx } from '../state/port';
import type { LetterKind } from '../state/tables/letter-count';
import type { LetterKey, StoredLetter } from '../state/tables/letter-details';
import type { LetterReaders } from '../state/tables/letter-readers';
import { type TenantName, tenantNames } from '../state/tables/tenant-name';

/** What was set aside, for a person. */
export interface Letter {
  key: LetterKey;
  kind: LetterKind;
  feed: string;
  installation: string;
  /** For whom it is read; null in quarantine. */
  reader: string | null;
  /** The replay it is of, if any. */
  replay: string | null;
  eventId: number;
  /** ms UTC. */
  since: number;
  tries: number;
  reason: string;
  group: string;
  /** On its way to billing right now. */
  isOut: boolean;
  tenant: TenantName | null;
  /** What it is about when that is no subscription, as `plan` and its id. */
  subject: { type: string; id: string } | null;
  /** What was measured, as WAP sent it. */
  quantities: Array<{ meter: string; quantity: string }>;
  /** The time measured, or of the event, as WAP wrote it. */
  startTime: string | null;
  endTime: string | null;
}

/** Reads names once for all of them. */
export async function lettersOf(tx: Tx, stored: readonly StoredLetter[], readers: LetterReaders): Promise<Letter[]> {
  const letters = stored.map(one => letterOf(one, readers));
  for (const installation of new Set(letters.map(letter => letter.installation))) {
    const theirs = letters.filter(letter => letter.installation === installation);
    const ids = theirs.flatMap(({ tenant }) => (tenant ? [tenant.subscriptionId] : []));
    const names = await tenantNames(tx, installation, [...new Set(ids)]);
    for (const letter of theirs) {
      const known = letter.tenant && names.get(foldId(letter.tenant.subscriptionId));
      if (letter.tenant && known) letter.tenant = { ...known, subscriptionId: letter.tenant.subscriptionId };
    }
  }
  return letters;
}

/** A letter without names. What of the record is not as documented is left out: it may be why it was set aside. */
function letterOf(stored: StoredLetter, readers: LetterReaders): Letter {
  const { key, letter: kind, feed, installation, eventId, attempts: tries, reason, group, isOut, body } = stored;
  const record = fieldsOf(body === null ? null : JSON.parse(body));
  const about = aboutOf(stored, record);
  const isTenant = about?.type === 'subscription';
  return {
    ...{ key, kind, feed, installation, eventId, tries, group, isOut, ...readerOf(stored, readers) },
    reason: reason ?? '',
    since: stored.asideAt,
    tenant: isTenant ? { subscriptionId: about.id, name: null, account: null } : null,
    subject: isTenant ? null : about,
    quantities: Object.entries(fieldsOf(record.Resources)).map(([meter, value]) => ({
      meter,
      quantity: textOf(value),
    })),
    startTime: textIn(record.StartTime) ?? textIn(record.NotificationEventTimeCreated),
    endTime: textIn(record.EndTime),
  };
}

/** A replay of events reads under a name of its own; people know it by its reader and its name. */
function readerOf({ installation, consumer, run }: StoredLetter, readers: LetterReaders) {
  const of = readers.events.find(each => each.installation === installation && each.as === consumer && each.run !== '');
  return of ? { reader: of.consumer, replay: of.run } : { reader: consumer, replay: run === '' ? null : run };
}

/** Its id as WAP spells it, where the record has it. */
function aboutOf({ entity }: StoredLetter, record: Record<string, unknown>): { type: string; id: string } | null {
  const entityFields = fieldsOf(record.Entity);
  const spelled = textIn(record.SubscriptionId) ?? textIn(entityFields.SubscriptionID);
  if (entity === null) return spelled === null ? null : { type: 'subscription', id: spelled };
  const at = entity.indexOf('/');
  if (at < 0) return null; // an event that nothing is known to belong to
  const [type, id] = [entity.slice(0, at), entity.slice(at + 1)];
  return { type, id: type === 'subscription' && spelled !== null && foldId(spelled) === id ? spelled : id };
}

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
const textIn = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
