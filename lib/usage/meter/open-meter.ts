import type { WindowKind } from '../calendar';
import { readRules } from './read-rules';
import { readyRules } from './ready-rules';
import { RecordMeter } from './record-meter';
import { RuleBook } from './rule';
import type { Placement } from './split';
import type { MeterContext, UsageMeter, WindowMeterSettings } from './usage-meter';
import { WindowMeter } from './window-meter';

/** What an operator chooses, in the units of the dialog. */
export interface MeterChoices {
  /** Rows of rules; none: the ready ones. */
  rules: readonly unknown[];
  /** `none`: each record is billed by itself. */
  window: WindowKind | 'none';
  /** IANA name; windows begin at its midnights and hours. */
  timeZone: string;
  /** Where a record counts whose period reaches over the end of a window. */
  placement: Placement;
  /** Names with commas between them. */
  apart?: string | undefined;
  /** `time`: a window closes by itself. `caughtUp`: all that have ended close when a poll has read all there is. */
  closing: 'time' | 'caughtUp';
  /** How long after its end a window waits for late records; with `closing: 'time'` alone. */
  latenessMinutes: number;
  /** The name under which windows are kept. Another name begins anew, and what was counted under the old one stays there. */
  series: string;
  batchSize: number;
  /** Messages out and not acknowledged at which no more are sent. */
  maxOpen: number;
  redeliverMinutes: number;
}

/** @throws INPUT_INVALID for a rule or a time zone; INPUT_CONFIG when another node fills the same windows */
export function openMeter(
  { window, ...choices }: MeterChoices,
  context: Omit<MeterContext, 'book'> & Pick<WindowMeterSettings, 'signal' | 'owner'>,
): UsageMeter {
  const book = new RuleBook(readRules(choices.rules.length > 0 ? choices.rules : readyRules));
  if (window === 'none') return new RecordMeter({ ...context, book });
  const { timeZone, placement, apart = '', closing, latenessMinutes, series, batchSize, maxOpen } = choices;
  return new WindowMeter({
    ...{ ...context, book, window, timeZone, placement, series, batchSize },
    apart: apart.split(',').map(name => name.trim()),
    latenessMs: closing === 'time' ? msOf(latenessMinutes) : null,
    maxOpenBatches: maxOpen,
    redeliveryMs: msOf(choices.redeliverMinutes),
  });
}

/** Whole ms: half a minute is a fine thing to write in a dialog. */
const msOf = (minutes: number): number => Math.round(minutes * 60_000);
