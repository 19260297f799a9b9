import type { Clock } from '../async/clock';
import { AdapterError, shapeOf } from '../errors';
import { isSameId } from '../ids';
import type { Store, Tx } from '../state/port';
import {
  deleteEntry,
  findByBillingId,
  findByWapId,
  type MappingMatch,
  selectAfter,
  selectBeginning,
  selectPage,
  writeEntry,
} from '../state/tables/mapping';
import {
  checkEntry,
  kindOf,
  type MappingEntry,
  type MappingInput,
  type MappingScope,
} from '../state/tables/mapping-entry';
import { addChange, type MappingChange, selectChanges } from '../state/tables/mapping-history';

export type { MappingChange, MappingEntry, MappingInput, MappingMatch, MappingScope };

export interface PutOptions {
  /** Who changes it, for the history. */
  by: string;
  /** Takes the billing id from whoever holds it and gives it to the WAP id; the history keeps both. `own`: only replaces the
   *  WAP id's own billing id. */
  replace?: boolean | 'own';
}

export interface PutResult {
  entry: MappingEntry;
  outcome: 'added' | 'changed' | 'same';
  /** The entry that lost its billing id to this one. */
  displaced: MappingEntry | null;
}

export interface MappingPage {
  entries: MappingEntry[];
  /** How many match in all. */
  total: number;
}

/** WAP id ↔ billing id, unique in both directions for each kind within one scope. Every verb is part of its caller's
 *  transaction, so that a mapping is never written without what it belongs to. */
export class Mapping {
  readonly scope: MappingScope;

  constructor(
    readonly store: Store,
    readonly clock: Clock,
    { installation, target }: MappingScope,
  ) {
    this.scope = { installation, target };
  }

  /** Adds an entry or changes name and note of it. The same again changes nothing and leaves no history.
   *  @throws INPUT_MISSING, INPUT_INVALID naming the field; STATE_CONFLICT naming the entry in the way. */
  async put(tx: Tx, input: MappingInput, options: PutOptions): Promise<PutResult> {
    checkEntry(input);
    const { wapId, billingId } = input;
    const kind = kindOf(input.kind);
    const before = await findByWapId(tx, this.scope, kind, wapId);
    const holder = await findByBillingId(tx, this.scope, kind, billingId);
    const displaced = otherThan(before, holder);
    if (options.replace !== true) refuseConflict(input, options.replace === 'own' ? null : before, displaced);
    const after = this.merged(input, before);
    if (before && sameEntry(before, after)) return { entry: before, outcome: 'same', displaced: null };
    const at = this.clock.now();
    if (displaced) {
      await deleteEntry(tx, displaced);
      await addChange(tx, { before: displaced, after: null, by: options.by, at });
    }
    await writeEntry(tx, after);
    await addChange(tx, { before, after, by: options.by, at });
    return { entry: after, outcome: before ? 'changed' : 'added', displaced };
  }

  /** @throws STATE_NOT_FOUND */
  async getByWapId(tx: Tx, kind: string, wapId: string): Promise<MappingEntry> {
    return (await this.findByWapId(tx, kind, wapId)) ?? notFound(`No billing id is mapped to the ${kind} ${wapId}.`);
  }

  /** @throws STATE_NOT_FOUND */
  async getByBillingId(tx: Tx, kind: string, billingId: string): Promise<MappingEntry> {
    const found = await this.findByBillingId(tx, kind, billingId);
    return found ?? notFound(`No ${kind} is mapped to the billing id ${billingId}.`);
  }

  /** The entry of a WAP id, whatever its spelling; null when it is not mapped. @throws INPUT_MISSING, INPUT_INVALID */
  async findByWapId(tx: Tx, kind: string, wapId: string): Promise<MappingEntry | null> {
    return findByWapId(tx, this.scope, asKind(kind), asId('wapId', wapId));
  }

  /** The entry of a billing id, whatever its spelling; null when nothing has it. @throws INPUT_MISSING, INPUT_INVALID */
  async findByBillingId(tx: Tx, kind: string, billingId: string): Promise<MappingEntry | null> {
    return findByBillingId(tx, this.scope, asKind(kind), asId('billingId', billingId));
  }

  /** Removes an entry; what it was stays in the history.
   *  @throws STATE_NOT_FOUND */
  async remove(tx: Tx, kind: string, wapId: string, by: string): Promise<MappingEntry> {
    const before = await this.getByWapId(tx, kind, wapId);
    await deleteEntry(tx, before);
    await addChange(tx, { before, after: null, by, at: this.clock.now() });
    return before;
  }

  /** One page, ordered by kind and WAP id. `limit` 1 to 1000, default 100. */
  async list(tx: Tx, filter: MappingMatch & { limit?: number; offset?: number } = {}): Promise<MappingPage> {
    const limit = asCount('limit', filter.limit ?? 100, 1, 1000);
    const offset = asCount('offset', filter.offset ?? 0, 0, Number.MAX_SAFE_INTEGER);
    return selectPage(tx, this.scope, filter, limit, offset);
  }

  /** Entries whose WAP id begins so, in its order. */
  async startingWith(tx: Tx, kind: string, prefix: string): Promise<MappingEntry[]> {
    return selectBeginning(tx, this.scope, asKind(kind), prefix);
  }

  /** Changes, newest first: of one entry, or of all when none is named. `limit` 1 to 1000, default 100. */
  async history(
    tx: Tx,
    of: { kind: string; wapId: string } | null = null,
    page: { limit?: number; offset?: number } = {},
  ): Promise<MappingChange[]> {
    const limit = asCount('limit', page.limit ?? 100, 1, 1000);
    const offset = asCount('offset', page.offset ?? 0, 0, Number.MAX_SAFE_INTEGER);
    return selectChanges(tx, this.scope, of, limit, offset);
  }

  /** What is stored when `input` is put over `before`. */
  merged(input: MappingInput, before: MappingEntry | null): MappingEntry {
    const now = this.clock.now();
    return {
      ...this.scope,
      kind: kindOf(input.kind),
      // As first written: billing knows it under this key.
      wapId: before?.wapId ?? input.wapId,
      billingId: input.billingId,
      name: input.name === undefined ? (before?.name ?? null) : input.name || null,
      note: input.note === undefined ? (before?.note ?? null) : input.note || null,
      createdAt: before?.createdAt ?? now,
      updatedAt: now,
    };
  }
}

/** Entries read at once by `entriesOf`. */
const pageSize = 500;

/** All entries in the order of `list`, read in pages, each in a transaction of its own, so that the store is free in between.
 *  An entry that is changed meanwhile appears once, in its old or its new state. */
export async function* entriesOf(
  { store, scope }: Mapping,
  filter: MappingMatch = {},
): AsyncGenerator<MappingEntry, void, undefined> {
  let after: { kind: string; wapId: string } | undefined = { kind: '', wapId: '' };
  while (after) {
    const from: { kind: string; wapId: string } = after;
    const page: MappingEntry[] = await store.transaction(tx => selectAfter(tx, scope, filter, from, pageSize));
    yield* page;
    after = page.at(-1);
  }
}

/** Who holds the billing id, if it is another entry. */
export function otherThan(before: MappingEntry | null, holder: MappingEntry | null): MappingEntry | null {
  return holder && holder.wapId !== before?.wapId ? holder : null;
}

/** Equal but for the times. */
export function sameEntry(a: MappingEntry, b: MappingEntry): boolean {
  return a.billingId === b.billingId && a.name === b.name && a.note === b.note;
}

/** @throws STATE_CONFLICT naming the entry in the way; `before` null: its own billing id may be replaced */
function refuseConflict(input: MappingInput, before: MappingEntry | null, displaced: MappingEntry | null): void {
  const remedy = 'Remove that entry first, or choose to replace it.';
  if (displaced) {
    throw AdapterError.advising(
      'STATE_CONFLICT',
      `The billing id ${input.billingId} is already mapped to the ${displaced.kind} ${displaced.wapId}. ${remedy}`,
      { subject: 'billingId', details: { entry: displaced } },
    );
  }
  if (before && !isSameId(before.billingId, input.billingId)) {
    throw AdapterError.advising(
      'STATE_CONFLICT',
      `The ${before.kind} ${before.wapId} is already mapped to the billing id ${before.billingId}. ${remedy}`,
      { subject: 'wapId', details: { entry: before } },
    );
  }
}

/** @throws STATE_NOT_FOUND, always */
function notFound(sentence: string): never {
  throw new AdapterError('STATE_NOT_FOUND', sentence);
}

/** @throws INPUT_MISSING, INPUT_INVALID */
function asId(field: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  const code = value === undefined || value === null || value === '' ? 'INPUT_MISSING' : 'INPUT_INVALID';
  throw AdapterError.advising(code, `Mapping: ${field} is ${shapeOf(value)}: give a text.`, { subject: field });
}

const asKind = (value: unknown): string => kindOf(asId('kind', value));

/** @throws INPUT_INVALID */
function asCount(field: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new AdapterError('INPUT_INVALID', `Mapping: ${field} must be a whole number from ${least} to ${most}.`, {
    subject: field,
  });
}
