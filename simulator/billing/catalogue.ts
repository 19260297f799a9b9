import type { SimulatorClock } from '../clock';
import { Random } from '../random';
import { invalid, noOffer } from './errors';
import { Ledger } from './ledger';
import type {
  BillingSeed,
  BillingState,
  HeldOffer,
  LedgerRecord,
  OfferDelay,
  OfferDelayRule,
  SeedOffer,
  SimulatedOffer,
} from './options';
import { SubscriptionList } from './subscription-list';
import type {
  SeedBilledSubscription,
  SimulatedSubscription,
  SubscriptionContent,
  UsageIntakeOptions,
} from './usage-options';

export const billingFormat = 'billing-simulator-1';

/** An answer that is given again for the same idempotency key. */
export interface KeptAnswer {
  key: string;
  request: string;
  status: number;
  body: unknown;
}

/** What a billing system keeps beside its ledger and its subscriptions. */
export interface BillingData {
  format: typeof billingFormat;
  offers: HeldOffer[];
  answers: Map<string, KeptAnswer>;
  random: number;
  /** Counts up with every change. */
  change: number;
}

/** Exactly what a state file holds. Subscriptions came later than the first such files. */
export type SavedBilling = Omit<BillingData, 'answers'> & {
  answers: KeptAnswer[];
  ledger: LedgerRecord[];
  subscriptions?: SimulatedSubscription[];
};

interface Settings {
  clock: SimulatorClock;
  rules: OfferDelayRule[];
  offerDelayMs: OfferDelay;
  seed: number;
  usage: UsageIntakeOptions;
}

/** The offers, the subscriptions and the ledger. Readers see an offer only when its time has come; writers always meet it. */
export class Catalogue {
  data: BillingData;
  readonly random: Random;
  readonly subscriptions = new SubscriptionList();
  readonly ledger: Ledger;
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = { ...settings, rules: [...settings.rules] };
    this.random = new Random(settings.seed);
    this.data = {
      format: billingFormat,
      offers: [],
      answers: new Map(),
      random: settings.seed,
      change: 0,
    };
    const { ledger = 'full', dedupeWindowMs = Number.POSITIVE_INFINITY } = settings.usage;
    this.ledger = new Ledger({ now: () => this.now(), kind: ledger, dedupeWindowMs });
  }

  save(): SavedBilling {
    return {
      ...this.data,
      random: this.random.state,
      answers: [...this.data.answers.values()],
      ledger: [...this.ledger.records()],
      subscriptions: this.subscriptions.all(),
    };
  }

  /** Everything is what was saved. */
  use({ answers, ledger, subscriptions, ...saved }: SavedBilling): void {
    this.data = { ...saved, answers: new Map(answers.map(answer => [answer.key, answer])) };
    this.random.state = saved.random;
    this.ledger.use(ledger);
    this.subscriptions.use(subscriptions ?? []);
  }

  now(): number {
    return this.#settings.clock.now();
  }

  state(): BillingState {
    const { offers } = this.data;
    return structuredClone({
      offers: offers.map(({ offer }) => offer),
      visibleAt: Object.fromEntries(offers.map(({ offer, visibleAt }) => [offer.key, visibleAt])),
      subscriptions: this.subscriptions.all(),
      ledger: [...this.ledger.records()],
    });
  }

  /** Visible or not. */
  find(key: string): SimulatedOffer | undefined {
    return this.data.offers.find(({ offer }) => offer.key === key)?.offer;
  }

  /** What readers see now. */
  visible(): SimulatedOffer[] {
    const now = this.now();
    return this.data.offers.filter(({ visibleAt }) => visibleAt !== null && visibleAt <= now).map(({ offer }) => offer);
  }

  add(content: OfferContent, visible: 'by rule' | 'at once' = 'by rule'): SimulatedOffer {
    const id = `off_${this.random.text(12)}`;
    const offer: SimulatedOffer = { ...content, id, state: 'draft', version: 1 };
    const delay = visible === 'at once' ? 0 : this.#delayOf(offer.name);
    const createdAt = this.now();
    this.data.offers.push({ offer, createdAt, visibleAt: delay === 'never' ? null : createdAt + delay });
    this.touch();
    return offer;
  }

  replace(offer: SimulatedOffer): void {
    for (const held of this.data.offers) if (held.offer.key === offer.key) held.offer = offer;
    this.touch();
  }

  addSubscription(content: SubscriptionContent): SimulatedSubscription {
    const { key, offer, account, name, state, history, ...rest } = content;
    const id = `sub_${this.random.text(12)}`;
    return this.keepSubscription({ ...rest, id, key, offer, account, name, state, history });
  }

  /** New, or in the place of the one with its key. */
  keepSubscription(subscription: SimulatedSubscription): SimulatedSubscription {
    this.subscriptions.put(subscription);
    this.touch();
    return subscription;
  }

  /** Something is not what it was. */
  touch(): void {
    this.data.change += 1;
  }

  seed({ offers, rules, subscriptions }: BillingSeed): void {
    this.#settings.rules.unshift(...(rules ?? []));
    for (const offer of offers ?? []) this.#seedOffer(offer);
    for (const subscription of subscriptions ?? []) this.#seedSubscription(subscription);
  }

  #seedSubscription({ state = 'active', ...sent }: SeedBilledSubscription): void {
    if (this.subscriptions.find(sent.key)) throw invalid(`Subscription '${sent.key}' exists.`);
    if (!this.find(sent.offer)) throw noOffer(sent.offer);
    const at = new Date(this.now()).toISOString();
    const history = [{ step: 'created', at, offer: sent.offer } as const];
    this.addSubscription({ account: null, name: null, ...sent, state, history });
  }

  #seedOffer({ state, ...sent }: SeedOffer): void {
    if (this.find(sent.key)) throw invalid(`Offer '${sent.key}' exists.`);
    const offer = this.add({ kind: 'plan', price: null, description: null, ...sent }, 'at once');
    offer.state = state ?? 'draft';
  }

  #delayOf(name: string): OfferDelay {
    const rule = this.#settings.rules.find(known => new RegExp(known.pattern).test(name));
    return rule ? rule.delayMs : this.#settings.offerDelayMs;
  }
}

/** What the caller decides about an offer. */
export interface OfferContent {
  [field: string]: unknown;
  key: string;
  name: string;
  kind: string;
  price: string | null;
  description: string | null;
}
