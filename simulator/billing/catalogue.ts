import type { SimulatorClock } from '../clock';
import { Random } from '../random';
import { invalid } from './errors';
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

export const billingFormat = 'billing-simulator-1';

/** An answer that is given again for the same idempotency key. */
export interface KeptAnswer {
  key: string;
  request: string;
  status: number;
  body: unknown;
}

/** Everything a billing system keeps; exactly what a state file holds. */
export interface BillingData {
  format: typeof billingFormat;
  offers: HeldOffer[];
  ledger: LedgerRecord[];
  answers: KeptAnswer[];
  random: number;
  /** Counts up with every change. */
  change: number;
}

interface Settings {
  clock: SimulatorClock;
  rules: OfferDelayRule[];
  offerDelayMs: OfferDelay;
  seed: number;
}

/** The offers and the ledger. Readers see an offer only when its time has come; writers always meet it. */
export class Catalogue {
  data: BillingData;
  readonly random: Random;
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = { ...settings, rules: [...settings.rules] };
    this.random = new Random(settings.seed);
    this.data = {
      format: billingFormat,
      offers: [],
      ledger: [],
      answers: [],
      random: settings.seed,
      change: 0,
    };
  }

  now(): number {
    return this.#settings.clock.now();
  }

  state(): BillingState {
    const { offers, ledger } = this.data;
    return structuredClone({
      offers: offers.map(({ offer }) => offer),
      visibleAt: Object.fromEntries(offers.map(({ offer, visibleAt }) => [offer.key, visibleAt])),
      subscriptions: [],
      ledger,
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

  /** Something is not what it was. */
  touch(): void {
    this.data.change += 1;
  }

  seed({ offers, rules }: BillingSeed): void {
    this.#settings.rules.unshift(...(rules ?? []));
    for (const offer of offers ?? []) this.#seedOffer(offer);
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
