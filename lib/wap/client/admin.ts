import type {
  Kind,
  MetricSet,
  Open,
  PlanAddOnReference,
  PlanDraft,
  PlanOrAddOn,
  ResourceProvider,
  ResourceProviderReference,
} from '../types';

/** How one call is made. */
export interface CallOptions {
  signal?: AbortSignal;
}

/** WAP's admin API as the rest of the package sees it (plans, add-ons, resource providers). Every verb throws
 *  AdapterError with a `WAP_…` code. Reading keeps unknown fields and turns absent lists into `[]`. */
export interface WapAdmin {
  /** All there are, in WAP's order. WAP itself cannot filter them. */
  list(kind: Kind, options?: CallOptions): Promise<PlanOrAddOn[]>;
  /** @throws WAP_NOT_FOUND */
  get(kind: Kind, id: string, options?: CallOptions): Promise<PlanOrAddOn>;
  /** Null when WAP does not know it. */
  find(kind: Kind, id: string, options?: CallOptions): Promise<PlanOrAddOn | null>;
  /** By `DisplayName`, which is unique in WAP. */
  findByName(kind: Kind, displayName: string, options?: CallOptions): Promise<PlanOrAddOn | null>;
  /** Creates it once: after a lost answer the name is looked up before anything is sent again.
   *  @throws WAP_CONFLICT when the name was there before this call. */
  create(kind: Kind, draft: PlanDraft, options?: CallOptions): Promise<PlanOrAddOn>;
  /** The object exactly as WAP writes it, apart from misspelt names put right: the basis of what is sent back. */
  written(kind: Kind, id: string, options?: CallOptions): Promise<Open>;
  /** Sends the whole object back (state, price, advertisements …); does not change quotas. */
  update(kind: Kind, plan: { Id: string } & Open, options?: CallOptions): Promise<PlanOrAddOn>;
  /** 404 counts as removed. No guard here: see `deletePlan`. */
  remove(kind: Kind, id: string, options?: CallOptions): Promise<void>;
  /** Sends the quotas of all services at once; whether WAP keeps one that is left out is not documented. */
  setQuotas(kind: Kind, id: string, quotas: Open[], options?: CallOptions): Promise<PlanOrAddOn>;
  /** Asks WAP to apply the quotas to existing subscriptions, which it does later. */
  syncQuotas(kind: Kind, id: string, options?: CallOptions): Promise<void>;
  /** Already there (409) counts as added. */
  addService(kind: Kind, id: string, service: ResourceProviderReference, options?: CallOptions): Promise<void>;
  /** 404 counts as removed. */
  removeService(kind: Kind, id: string, serviceName: string, options?: CallOptions): Promise<void>;
  /** Already linked (409) counts as linked. */
  linkAddOn(planId: string, addOnId: string, options?: CallOptions): Promise<PlanAddOnReference>;
  /** 404 counts as unlinked. */
  unlinkAddOn(planId: string, addOnId: string, options?: CallOptions): Promise<void>;
  /** Times are ISO 8601 texts. */
  metrics(kind: Kind, id: string, startTime: string, endTime: string, options?: CallOptions): Promise<MetricSet[]>;
  /** The registered services, once for each of their instances; with `includeSystem` those of WAP itself as well. */
  resourceProviders(includeSystem: boolean, options?: CallOptions): Promise<ResourceProvider[]>;
  /** @throws WAP_NOT_FOUND */
  resourceProvider(name: string, instanceId: string, options?: CallOptions): Promise<ResourceProvider>;
}
