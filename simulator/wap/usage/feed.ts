import type { UsageRecord } from '../../../lib/wap/types';
import type { SavedUsage } from '../data';
import { parseIsoTime } from '../time';
import { UsageContent } from './content';
import type { ExpectedUsage, SeedUsageRecord, UsagePlan } from './options';
import { PageCache } from './pages';
import { fullPlan, UsageSlots } from './slots';

interface Settings {
  now: () => number;
  /** Records whose period ended longer ago are gone. */
  retentionMs: number;
}

/** One that was put in as it is. */
interface Placed {
  id: number;
  availableAt: number;
  /** The end of its period, ms UTC. */
  endsAt: number;
  record: UsageRecord;
}

/** A record before it is written: put in, or at this index of the plan. */
interface Entry {
  id: number;
  placed: Placed | null;
  index: number;
}

/** `/usage`: records made from a plan, and records put in one by one. */
export class UsageFeed {
  readonly #settings: Settings;
  readonly #cache = new PageCache();
  #placed: Placed[] = [];
  readonly #placedIds = new Set<number>();
  #slots: UsageSlots | null = null;
  #content: UsageContent | null = null;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Takes the place of the last plan. `known`: the subscriptions that records are made for, unless the plan says. */
  plan(plan: UsagePlan, known: string[]): void {
    this.use({ ...this.save(), plan: fullPlan(plan, this.#settings.now(), known) });
  }

  put(sent: SeedUsageRecord): void {
    const { availableAt, ...given } = sent;
    const now = this.#settings.now();
    const hour = Math.floor(now / 3_600_000) * 3_600_000;
    const id = given.EventId ?? this.#nextId();
    const record: UsageRecord = {
      EventId: id,
      ExternalRecordId: String(id),
      ResourceId: null,
      StartTime: new Date(hour - 3_600_000).toISOString().slice(0, 19),
      EndTime: new Date(hour).toISOString().slice(0, 19),
      ProviderName: 'sqlservers',
      ServiceType: 'Default',
      Properties: null,
      Resources: { TotalAllottedSpace: '1024', DatabaseCount: '1' },
      ...structuredClone(given),
    };
    const endsAt = parseIsoTime(record.EndTime) ?? now;
    if (this.#placedIds.has(id)) this.#placed = this.#placed.filter(placed => placed.id !== id);
    const inOrder = (this.#placed.at(-1)?.id ?? 0) < id;
    this.#placed.push({ id, availableAt: availableAt ?? now, endsAt, record });
    this.#placedIds.add(id);
    if (!inOrder) this.#placed.sort((one, other) => one.id - other.id);
    this.#cache.clear();
  }

  /** A page as it is sent: the records with the lowest ids from `startId` on that can be read now. */
  page(startId: number, batchSize: number): Buffer {
    const now = this.#settings.now();
    const first = this.#firstKept(now);
    const known = this.#cache.find(startId, batchSize, first);
    if (known) return known;
    const entries: Entry[] = [];
    for (const entry of this.#entries(startId, Number.POSITIVE_INFINITY, now)) {
      entries.push(entry);
      if (entries.length === batchSize) break;
    }
    const lastId = entries.at(-1)?.id ?? 0;
    if (this.#slots?.plan.unordered) shuffle(entries);
    const body = this.#written(entries);
    // A page that is full, and hides nothing late, is the same until something in it is deleted.
    const lasting = entries.length === batchSize && !this.#hides(startId, lastId, now);
    if (lasting) this.#cache.keep(startId, batchSize, this.#slots?.from(startId) ?? 0, body);
    return body;
  }

  /** In the order of the ids. */
  *expected({
    fromId = 0,
    toId = Number.POSITIVE_INFINITY,
    at,
    withoutDuplicates,
  }: ExpectedUsage): Iterable<UsageRecord> {
    const seen = new Set<string>();
    for (const entry of this.#entries(fromId, toId, at ?? this.#settings.now())) {
      const record: UsageRecord = JSON.parse(this.#json(entry));
      if (withoutDuplicates && this.#repeats(entry, record, seen)) continue;
      yield record;
    }
  }

  /** For people who watch. */
  summary(): { planned: number; reached: number; placed: number } {
    const { plan } = this.#slots ?? {};
    return {
      planned: plan?.count ?? 0,
      reached: this.#slots?.reached(this.#settings.now()) ?? 0,
      placed: this.#placed.length,
    };
  }

  save(): SavedUsage {
    const records = this.#placed.map(({ record, availableAt }) => ({ ...record, availableAt }));
    return { records, plan: this.#slots?.plan ?? null };
  }

  use({ records, plan }: SavedUsage): void {
    this.#slots = plan && new UsageSlots(plan);
    this.#content = this.#slots && new UsageContent(this.#slots);
    this.#placed = [];
    this.#placedIds.clear();
    this.#cache.clear();
    for (const record of records) this.put(record);
  }

  /** What can be read at `now`, by rising id: both sources merged; one put in takes the place of one planned. */
  *#entries(fromId: number, toId: number, now: number): Iterable<Entry> {
    const oldest = now - this.#settings.retentionMs;
    const placed = this.#placed.filter(
      ({ id, availableAt, endsAt }) => id >= fromId && id <= toId && availableAt <= now && endsAt >= oldest,
    );
    let next = 0;
    for (const { id, index } of this.#planned(fromId, toId, now)) {
      for (let before = placed[next]; before && before.id <= id; before = placed[next]) {
        yield { id: before.id, placed: before, index: -1 };
        next += 1;
      }
      if (!this.#placedIds.has(id)) yield { id, placed: null, index };
    }
    for (const last of placed.slice(next)) yield { id: last.id, placed: last, index: -1 };
  }

  *#planned(fromId: number, toId: number, now: number): Iterable<{ id: number; index: number }> {
    const slots = this.#slots;
    if (!slots) return;
    const end = slots.reached(now);
    for (let index = Math.max(slots.from(fromId), this.#firstKept(now)); index < end; index += 1) {
      const id = slots.id(index);
      if (id > toId) return;
      if (slots.visible(index, now)) yield { id, index };
    }
  }

  #json({ placed, index }: Entry): string {
    return placed ? JSON.stringify(placed.record) : (this.#content?.json(index) ?? '');
  }

  /** Record by record into bytes, so that a page's texts need not be alive together. */
  #written(entries: Entry[]): Buffer {
    let bytes = Buffer.allocUnsafe(2 + entries.length * 700);
    let length = bytes.write('[');
    for (const [position, entry] of entries.entries()) {
      const json = (position > 0 ? ',' : '') + this.#json(entry);
      // UTF-8 needs at most three bytes a unit.
      if (length + json.length * 3 + 1 > bytes.length) {
        bytes = Buffer.concat([bytes.subarray(0, length)], bytes.length * 2 + json.length * 3);
      }
      length += bytes.write(json, length);
    }
    length += bytes.write(']', length);
    return Buffer.from(bytes.subarray(0, length));
  }

  #firstKept(now: number): number {
    return this.#slots?.firstKept(now - this.#settings.retentionMs) ?? 0;
  }

  #hides(fromId: number, toId: number, now: number): boolean {
    if (this.#placed.some(({ id }) => id >= fromId && id <= toId)) return true;
    const slots = this.#slots;
    if (!slots || slots.plan.lateShare === 0) return false;
    for (let index = slots.from(fromId); slots.id(index) <= toId; index += 1) {
      if (!slots.visible(index, now)) return true;
    }
    return false;
  }

  #repeats({ placed, index }: Entry, record: UsageRecord, seen: Set<string>): boolean {
    if (!placed) return this.#slots?.source(index) !== index;
    const { ProviderName, ExternalRecordId, SubscriptionId, ResourceId, StartTime, EndTime } = record;
    const key = JSON.stringify([ProviderName, ExternalRecordId, SubscriptionId, ResourceId, StartTime, EndTime]);
    if (seen.has(key)) return true;
    seen.add(key);
    return false;
  }

  #nextId(): number {
    const planned = this.#slots ? this.#slots.id(this.#slots.plan.count - 1) : 0;
    return Math.max(planned, this.#placed.at(-1)?.id ?? 0) + 1;
  }
}

/** The same order at every reading of the same page. */
function shuffle(entries: Entry[]): void {
  let state = entries[0]?.id ?? 0;
  for (let index = entries.length - 1; index > 0; index -= 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = Math.floor((state / 4294967296) * (index + 1));
    const [here, there] = [entries[index], entries[other]];
    if (here && there) [entries[index], entries[other]] = [there, here];
  }
}
