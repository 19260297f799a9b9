import type { Tx } from '../state/port';
import { type LetterKind, letterTotals, quarantinePlace, streamPlace } from '../state/tables/letter-count';
import { letterReaders } from '../state/tables/letter-readers';
import { quarantineCountOf } from '../state/tables/quarantine';

/** How much needs a person. */
export interface Needs {
  /** Given up because billing refused it for good. */
  refused: number;
  /** Usage that waits for the mapping of its subscription, or for something else in billing. */
  unmapped: number;
  /** Events that wait for something in billing. */
  waiting: number;
  /** Events that refer to what WAP does not know. */
  parked: number;
  /** What came under an id that had other content. */
  quarantined: number;
}

export const noNeeds: Needs = { refused: 0, unmapped: 0, waiting: 0, parked: 0, quarantined: 0 };

/** Of what: one reader with its replays, the windows of one meter, or all usage on its way from an installation to billing. */
export type NeedsOf =
  | { installation: string; source: 'usage' | 'events'; consumer: string }
  | { installation: string; source: 'meter'; series: string }
  | { installation: string; source: 'billing' };

export const hasNeeds = (needs: Needs): boolean => Object.values(needs).some(count => count > 0);

/** As the store has it now. Costs a look at one small table while nothing needs anybody. */
export async function needsOf(tx: Tx, of: NeedsOf): Promise<Needs> {
  const totals = await letterTotals(tx);
  if (totals.length === 0) return noNeeds;
  const isIn = await placesOf(tx, of);
  const needs = { ...noNeeds };
  for (const { place, letter, total } of totals) if (isIn(place)) needs[fieldOf(letter, of)] += total;
  const isQuarantined = totals.some(({ place }) => place === quarantinePlace(of.installation));
  if (isQuarantined && (of.source === 'usage' || of.source === 'events'))
    needs.quarantined = await quarantineCountOf(tx, of.installation, of.source);
  return needs;
}

/** What is in the windows of a meter is kept as events are, and is usage all the same. */
function fieldOf(letter: LetterKind, { source }: NeedsOf): keyof Needs {
  if (letter === 'waiting') return source === 'events' ? 'waiting' : 'unmapped';
  return ({ dead: 'refused', parked: 'parked', quarantine: 'quarantined' } as const)[letter];
}

/** Which of the places where letters are counted belong to it, those of its replays included. */
async function placesOf(tx: Tx, of: NeedsOf): Promise<(place: string) => boolean> {
  const { installation, source } = of;
  if (source === 'meter') return place => place === `events/${installation}/meter/${of.series}`;
  const { streams, events } = await letterReaders(tx);
  const isTheirs = (reader: { installation: string; consumer: string }) =>
    reader.installation === installation && (source === 'billing' || reader.consumer === of.consumer);
  if (source === 'events') {
    const places = new Set(events.filter(isTheirs).map(({ as }) => `events/${installation}/${as}`));
    return place => places.has(place);
  }
  const places = new Set(streams.filter(isTheirs).map(({ id }) => streamPlace(id)));
  const metered = source === 'billing' ? `events/${installation}/meter/` : null;
  return place => places.has(place) || (metered !== null && place.startsWith(metered));
}
