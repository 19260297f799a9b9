import type { Alarm } from '../alarms';

/** What one poll brought: at most one page. */
export interface RecordPollResult {
  /** Records that are new here. */
  fetched: number;
  alarms: Alarm[];
  failures: Array<{ feed: null; error: unknown }>;
  /** `pages`: WAP has more. `open`: reading waits, because too much is stored and not settled. null: WAP has no more. */
  stopped: 'pages' | 'open' | null;
}

/** A poll that brought nothing new, and why it stopped. */
export function nothingRead(stopped: RecordPollResult['stopped'], alarms: Alarm[] = []): RecordPollResult {
  return { fetched: 0, alarms, failures: [], stopped };
}

/** A failure of WAP; sending goes on. */
export function failedToRead(error: unknown): RecordPollResult {
  return { ...nothingRead(null), failures: [{ feed: null, error }] };
}
