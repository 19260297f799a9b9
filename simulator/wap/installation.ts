import { type Kind, type Open, type Plan, type PlanAddOn, type PlanOrAddOn, quotaSyncState } from '../../lib/wap/types';
import type { SimulatorClock } from '../clock';
import { Random } from '../random';
import { emptyData, type WapData } from './data';
import { notFound } from './errors';
import type { WapFeed } from './options';
import { rollUp } from './roll-up';
import { wapTime } from './time';
import { addOnView, planView } from './views';

interface Settings {
  clock: SimulatorClock;
  seed: number;
  quotaSyncMs: number;
  eventGap: number;
}

/** One WAP with its databases. Every change goes through here and raises its event. */
export class Installation {
  data: WapData;
  /** Counts every change since the start. */
  changes = 0;
  readonly random: Random;

  constructor(private readonly settings: Settings) {
    this.data = emptyData(settings.seed);
    this.random = new Random(settings.seed);
  }

  now(): number {
    return this.settings.clock.now();
  }

  list(kind: Kind): PlanOrAddOn[] {
    return kind === 'plan' ? this.data.plans : this.data.addons;
  }

  named(kind: Kind, displayName: string): PlanOrAddOn | undefined {
    return this.list(kind).find(item => item.DisplayName === displayName);
  }

  /** @throws 404 */
  plan(id: string): Plan {
    const plan = this.data.plans.find(known => known.Id === id);
    if (!plan) throw notFound(`Plan '${id}' was not found.`);
    return plan;
  }

  /** @throws 404 */
  addon(id: string): PlanAddOn {
    const addon = this.data.addons.find(known => known.Id === id);
    if (!addon) throw notFound(`Add-on '${id}' was not found.`);
    return addon;
  }

  /** @throws 404 */
  get(kind: Kind, id: string): PlanOrAddOn {
    return kind === 'plan' ? this.plan(id) : this.addon(id);
  }

  /** The plan or add-on with this id as the API shows it. @throws 404 */
  show(kind: Kind, id: string): PlanOrAddOn {
    return kind === 'plan' ? planView(this.data, this.plan(id)) : addOnView(this.data, this.addon(id));
  }

  showAll(kind: Kind): PlanOrAddOn[] {
    return this.list(kind).map(item => this.show(kind, item.Id));
  }

  /** As in the samples: the first letters of the name, then random lower-case letters and digits. */
  newId(displayName: string): string {
    return displayName.replace(/[^A-Za-z0-9]/g, '').slice(0, 6) + this.random.text(8);
  }

  /** One sequence of ids for all feeds, with gaps. */
  raise(
    feed: WapFeed,
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    entity: Open,
    parentId: string | null = null,
  ): void {
    const { data, random } = this;
    this.changes += 1;
    data.lastEventId += random.between(1, this.settings.eventGap + 1);
    data.events.push({
      feed,
      EventId: data.lastEventId,
      State: 0,
      Method: method,
      Entity: structuredClone(entity),
      EntityParentId: parentId,
      NotificationEventTimeCreated: wapTime(this.now(), random),
    });
  }

  /** A plan or add-on is not what it was: its states are rolled up anew, and its PUT event is raised. */
  changed(kind: Kind, id: string): void {
    const item = this.get(kind, id);
    Object.assign(item, rollUp(item.ServiceQuotas));
    this.raise(kind === 'plan' ? 'plans' : 'addons', 'PUT', this.show(kind, id));
  }

  /** The configured services begin to synchronise; `settle` ends it when the time has come. */
  startSync(kind: Kind, id: string): void {
    for (const service of this.get(kind, id).ServiceQuotas) {
      if (service.ConfigState === 1) service.QuotaSyncState = quotaSyncState.syncing;
    }
    this.data.syncs = this.data.syncs.filter(sync => sync.kind !== kind || sync.id !== id);
    this.data.syncs.push({ kind, id, dueAt: this.now() + this.settings.quotaSyncMs });
  }

  /** Finishes what time has finished. Called before every reading, so that no timer is needed. */
  settle(): void {
    const due = this.data.syncs.filter(sync => sync.dueAt <= this.now());
    if (due.length === 0) return;
    this.data.syncs = this.data.syncs.filter(sync => !due.includes(sync));
    for (const { kind, id } of due) {
      const item = this.list(kind).find(known => known.Id === id);
      if (!item) continue;
      for (const service of item.ServiceQuotas) {
        if (service.QuotaSyncState === quotaSyncState.syncing) service.QuotaSyncState = quotaSyncState.inSync;
      }
      this.changed(kind, id);
    }
  }
}
