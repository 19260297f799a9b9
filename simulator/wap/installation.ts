import { type Kind, type Open, type Plan, type PlanAddOn, type PlanOrAddOn, quotaSyncState } from '../../lib/wap/types';
import type { SimulatorClock } from '../clock';
import { Random } from '../random';
import { type Deletion, emptyData, type QuotaSync, type SavedWap, type WapData } from './data';
import { notFound } from './errors';
import type { StoredEvent, WapFeed } from './events/event';
import { EventTable } from './events/table';
import { SubscriptionTable } from './subscriptions/table';
import { wapTime } from './time';
import { UsageFeed } from './usage/feed';
import { rollUp } from './usage/roll-up';
import { UserTable } from './users/table';
import { addOnView, planView } from './views';

interface Settings {
  clock: SimulatorClock;
  seed: number;
  quotaSyncMs: number;
  eventGap: number;
  subscriptionDeleteMs: number | 'never';
  retentionMs: number;
  listLimit?: number | undefined;
}

/** One WAP with its databases. Every change goes through here and raises its event. */
export class Installation {
  data: WapData;
  subscriptions = new SubscriptionTable();
  users = new UserTable();
  events = new EventTable();
  readonly usage: UsageFeed;
  /** Counts every change since the start. */
  changes = 0;
  readonly random: Random;

  constructor(readonly settings: Settings) {
    this.data = emptyData(settings.seed);
    this.random = new Random(settings.seed);
    this.usage = new UsageFeed({ now: () => this.now(), retentionMs: settings.retentionMs });
  }

  save(): SavedWap {
    return {
      ...this.data,
      random: this.random.state,
      subscriptions: [...this.subscriptions.all()],
      users: [...this.users.all()],
      events: [...this.events.all()],
      usage: this.usage.save(),
    };
  }

  /** Everything is what was saved. */
  use({ subscriptions, users, events, usage, ...data }: SavedWap): void {
    this.data = { ...data, deletions: data.deletions ?? [] };
    this.random.state = data.random;
    this.subscriptions = new SubscriptionTable(subscriptions);
    this.users = new UserTable(users);
    this.events = new EventTable(events);
    this.usage.use(usage ?? { records: [], plan: null });
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
    return kind === 'plan' ? planView(this, this.plan(id)) : addOnView(this, this.addon(id));
  }

  showAll(kind: Kind): PlanOrAddOn[] {
    return this.list(kind).map(item => this.show(kind, item.Id));
  }

  /** As in the samples: the first letters of the name, then random lower-case letters and digits. */
  newId(displayName: string): string {
    return displayName.replace(/[^A-Za-z0-9]/g, '').slice(0, 6) + this.random.text(8);
  }

  /** One sequence of ids for all feeds, with gaps. The entity must not be changed afterwards. */
  raise(
    feed: WapFeed,
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    entity: Open,
    parentId: string | null = null,
    state = 0,
  ): StoredEvent {
    const { data, random } = this;
    this.changes += 1;
    data.lastEventId += random.between(1, this.settings.eventGap + 1);
    const event = {
      feed,
      EventId: data.lastEventId,
      State: state,
      Method: method,
      Entity: entity,
      EntityParentId: parentId,
      NotificationEventTimeCreated: wapTime(this.now(), random),
    };
    this.events.put(event);
    return event;
  }

  /** A pending event gets its last state, and the entity as it became, under the same id. */
  settleEvent(id: number, state: number, entity?: Open): StoredEvent {
    const event = this.events.find(id);
    if (!event) throw notFound(`Event ${id} was not found.`);
    const settled = { ...event, State: state, Entity: entity ?? event.Entity };
    this.events.put(settled);
    this.changes += 1;
    return settled;
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
    this.startSyncOf(kind, id);
  }

  startSyncOf(kind: QuotaSync['kind'], id: string): void {
    this.data.syncs = this.data.syncs.filter(sync => sync.kind !== kind || sync.id !== id);
    this.data.syncs.push({ kind, id, dueAt: this.now() + this.settings.quotaSyncMs });
    this.changes += 1;
  }

  /** When a deletion that begins now is over; null: never. */
  deletionDueAt(): number | null {
    const { subscriptionDeleteMs } = this.settings;
    return subscriptionDeleteMs === 'never' ? null : this.now() + subscriptionDeleteMs;
  }

  /** Finishes what time has finished. Called before every reading, so that no timer is needed. */
  settle(): void {
    this.#settleSyncs();
    const due = this.data.deletions.filter(({ dueAt }) => dueAt !== null && dueAt <= this.now());
    if (due.length === 0) return;
    this.data.deletions = this.data.deletions.filter(deletion => !due.includes(deletion));
    for (const deletion of due) this.#delete(deletion);
  }

  #delete({ id, told, state }: Deletion): void {
    const last = this.subscriptions.find(id);
    if (!last) return;
    this.subscriptions.remove(id);
    this.changes += 1;
    // The state of deleting is internal to WAP (dn448740).
    if (!told) this.raise('subscriptions', 'DELETE', { ...last, State: state });
  }

  #settleSyncs(): void {
    const due = this.data.syncs.filter(sync => sync.dueAt <= this.now());
    if (due.length === 0) return;
    this.data.syncs = this.data.syncs.filter(sync => !due.includes(sync));
    for (const { kind, id } of due) {
      if (kind === 'subscription') {
        this.#settleSubscription(id);
        continue;
      }
      const item = this.list(kind).find(known => known.Id === id);
      if (!item) continue;
      for (const service of item.ServiceQuotas) {
        if (service.QuotaSyncState === quotaSyncState.syncing) service.QuotaSyncState = quotaSyncState.inSync;
      }
      this.changed(kind, id);
    }
  }

  #settleSubscription(id: string): void {
    const subscription = this.subscriptions.find(id);
    if (!subscription) return;
    const synchronised = { ...subscription, QuotaSyncState: quotaSyncState.inSync };
    this.subscriptions.put(synchronised);
    this.raise('subscriptions', 'PUT', synchronised);
  }
}
