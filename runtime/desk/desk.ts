import type { Clock } from '../../lib/async/clock';
import type { CsvRow } from '../../lib/desk/csv';
import { largestPage } from '../../lib/desk/page';
import { AdapterError, shapeOf } from '../../lib/errors';
import type { Store } from '../../lib/state/port';
import type { Stop } from '../../lib/workflow/deploy-check';
import type { StateHandle } from '../node/handles';
import type { FlowChange } from '../run/stops';
import type { Live } from './live';
import type { MappingPair } from './mapping-pairs';

/** What a question or an act has at hand. */
export interface Desk {
  store: Store;
  /** Where those who wait for an acknowledgement are woken. */
  settled: StateHandle['settled'];
  /** What runs in this process on this store. */
  live: Live[];
  /** Whose ids nodes of the deployed flows map to whose in it. */
  pairs: MappingPair[];
  /** Which of its runs a deploy would stop. */
  stopsOf(change: FlowChange): Promise<Stop[]>;
  clock: Clock;
  /** Who asks: the user of Node-RED; empty where it has no login. */
  who: string;
  signal: AbortSignal;
}

/** One value of the address, if it is given. */
export type Query = (name: string) => string | undefined;

/** A question of the editor: a plain answer, as JSON. */
export type Question = (desk: Desk, query: Query) => Promise<unknown>;

/** What an act did: the answer for the editor, and what is noted of it (`null`: nothing was done). */
export interface Done {
  answer: unknown;
  noted: { subject: string; count: number; why?: string } | null;
}

/** An act of a person, with what the form says. */
export type Act = (desk: Desk, form: Record<string, unknown>) => Promise<Done>;

/** Rows of a table for a file, each with the fields of `columns`. Each part is asked for when the one before
 *  has been sent. */
export type Table = (desk: Desk, query: Query) => { columns: readonly string[]; rows: AsyncIterable<CsvRow[]> };

/** What one view of the desk asks and does. Names are unique over all views. */
export interface DeskPart {
  questions?: Record<string, Question>;
  acts?: Record<string, Act>;
  tables?: Record<string, Table>;
}

/** How many rows the editor asks for. */
export function limitIn(query: Query): number {
  const asked = Number(query('limit') ?? 50);
  return Number.isInteger(asked) && asked > 0 ? Math.min(asked, largestPage) : 50;
}

/** A text of a form. @throws INPUT_MISSING, INPUT_INVALID naming the field */
export function textIn(form: Record<string, unknown>, field: string): string {
  const value = form[field];
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  if (value === undefined || value === null || value === '') {
    throw AdapterError.advising('INPUT_MISSING', `${field}: fill it in.`, { subject: field });
  }
  throw new AdapterError('INPUT_INVALID', `${field}: a text is needed, got ${shapeOf(value)}.`, { subject: field });
}
