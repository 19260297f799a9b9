import { statement, type Tx } from '../port';

/** One reader of usage or events; `run` names its replay, empty for the permanent one. */
export interface LetterReader {
  installation: string;
  consumer: string;
  run: string;
}

const listStreams = statement<LetterReader & { id: number }>(
  'SELECT id, installation, consumer, run FROM usage_stream ORDER BY installation, consumer, id',
);
const listConsumers = statement<{ installation: string; consumer: string }>(
  'SELECT DISTINCT installation, consumer FROM cursor ORDER BY installation, consumer',
);
const listReplays = statement<LetterReader>('SELECT installation, consumer, run FROM event_replay');
/** Behind the 11 letters of `quarantine/`. */
const listQuarantined = statement<{ installation: string }>(
  "SELECT DISTINCT substr(place, 12) AS installation FROM letter_count WHERE letter = 'quarantine' AND total > 0",
);

/** Everybody who reads, or has read, something. */
export interface LetterReaders {
  streams: Array<LetterReader & { id: number }>;
  /** `as`: the name under which it reads; a replay of events has one of its own. */
  events: Array<LetterReader & { as: string }>;
  /** Installations that have something in quarantine. */
  quarantined: string[];
}

/** A replay of events has cursors as a reader of its own, so it is told from the readers by the list of replays. */
export async function letterReaders(tx: Tx): Promise<LetterReaders> {
  const replays = (await tx.rows(listReplays)).map(each => ({ ...each, as: `${each.consumer}/${each.run}` }));
  const isReplay = (of: { installation: string; consumer: string }) =>
    replays.some(each => each.installation === of.installation && each.as === of.consumer);
  const main = (await tx.rows(listConsumers)).filter(each => !isReplay(each));
  return {
    streams: await tx.rows(listStreams),
    events: [...main.map(each => ({ ...each, run: '', as: each.consumer })), ...replays],
    quarantined: (await tx.rows(listQuarantined)).map(({ installation }) => installation),
  };
}
