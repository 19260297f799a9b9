import type { Open, Plan, PlanAddOn, UsageEvent, UsageRecord } from '../../lib/wap/types';
import type { SimulatorClock } from '../clock';
import type { Faults } from '../faults';
import type { SimulatorTls } from '../listen';
import type { RequestLog } from '../log';
import type { StoredEvent, WapFeed } from './events/event';
import type { Subscription } from './subscriptions/subscription';
import type { ApprovalSubscriber, Tenant } from './tenants/approval-options';
import type { ExpectedUsage, SeedUsageRecord, UsagePlan } from './usage/options';
import type { User } from './users/user';

export const adminRealm = 'http://azureservices/AdminSite';
export const tenantRealm = 'http://azureservices/TenantSite';

export interface WapPorts {
  /** Default 30004. */
  admin: number;
  /** Default 30022. */
  usage: number;
  /** Default 30071. */
  sts: number;
  /** Default 30072. */
  windows: number;
}

export interface WapSimulatorOptions {
  /** `0` takes a free port for each; otherwise the documented ones, each of which can be changed (also to 0). */
  ports?: 0 | Partial<WapPorts>;
  /** For both token sites. A name with a domain (`CORP\\admin`) must be given with it. Default `admin`. */
  user?: string;
  /** Default: made at random, see `WapSimulator.credentials`. */
  password?: string;
  /** Basic authentication of the usage API. Default `UsageClient`. */
  usageUser?: string;
  usagePassword?: string;
  /** A fixed bearer token that the admin API accepts for ever, beside those of the token sites. */
  token?: string;
  /** How long an issued token lives; default 8 hours. Only whole seconds reach the token. */
  tokenLifeMs?: number;
  /** The realm whose tokens the admin API accepts; default `http://azureservices/AdminSite`. */
  realm?: string;
  /** How long quotas stay `Syncing` after a change; default 1000. */
  quotaSyncMs?: number;
  /** How long a subscription stays DeletePending, or `never` while the providers do not answer (only `force` ends
   *  that); default 1000. */
  subscriptionDeleteMs?: number | 'never';
  /** How long WAP waits for a subscriber; default 120000 (dn532189). */
  approvalTimeoutMs?: number;
  /** Registered from the beginning, see `WapSimulator.registerSubscriber`. */
  subscribers?: ApprovalSubscriber[];
  /** Age at which usage records are deleted; default 40 (dn532189). */
  retentionDays?: number;
  /** The feeds show an event only once it is decided: one that waits for its approval comes below ids that were read. */
  hidePending?: boolean;
  /** The verb to add a service: the documents say both. The other one is answered 405. Default `POST`. */
  addServiceVerb?: 'POST' | 'PUT';
  /** Lists of subscriptions and users give no more than this at once, and count only what they give. Default: no limit. */
  listLimit?: number;
  /** The widest gap between two event ids; default 9. */
  eventGap?: number;
  /** Seed of ids and gaps; default 1. */
  seed?: number;
  clock?: SimulatorClock;
  tls?: SimulatorTls;
  /** Load this file at the start, when it exists, and save to it after every change. */
  stateFile?: string;
  /** Give the log of another simulator to get one order over both. */
  log?: RequestLog;
}

export interface WapCredentials {
  user: string;
  password: string;
  usageUser: string;
  usagePassword: string;
  /** The fixed token, when one was given. */
  token: string | null;
}

/** What WAP holds, as its API would show it. */
export interface WapState {
  plans: Plan[];
  addons: PlanAddOn[];
  subscriptions: Subscription[];
  users: User[];
  /** Of all feeds, in the order of their ids. */
  events: StoredEvent[];
}

/** A plan or add-on to begin with: only the name is needed. Services with settings arrive configured. */
export type SeedPlan = Partial<Plan> & { DisplayName: string };
export type SeedAddOn = Partial<PlanAddOn> & { DisplayName: string };
export type SeedSubscription = Partial<Subscription> & { PlanId: string };

/** Many subscriptions at once, the same for the same count: spread over the plans, every seventh with an add-on. */
export interface SeedHerd {
  count: number;
  /** Default: all plans there are, which must not be none. */
  planIds?: string[];
  /** Default: none. */
  addOnIds?: string[];
  /** Default: one a subscription. */
  users?: number;
}

export type SeedUser = Partial<User> & { Name: string };

/** An event with only its feed and entity needed; also of a state that the simulator itself never raises. */
export type SeedEvent = Partial<UsageEvent> & { feed: WapFeed; Entity: Open };

/** Things that are there without having been created through the API; each raises its events. Add-ons come first,
 *  so that `AddOnReferences` of a plan may name them. Give an `Id` to refer to it. */
export interface WapSeed {
  addons?: SeedAddOn[];
  plans?: SeedPlan[];
  users?: SeedUser[];
  subscriptions?: SeedSubscription[];
  herd?: SeedHerd;
  /** Last, put into the feeds as they are; one with a known `EventId` takes its place. */
  events?: SeedEvent[];
  /** Records for `/usage`, one by one, or a plan to make them by, which takes the place of the last plan. */
  usage?: SeedUsageRecord[] | UsagePlan;
}

/** A running WAP. All addresses are on 127.0.0.1, without a slash at the end. */
export interface WapSimulator {
  adminUrl: string;
  usageUrl: string;
  /** The whole address of the user name endpoint, `…/wstrust/issue/usernamemixed`. */
  stsUrl: string;
  /** The user name endpoint as AD FS offers it, `…/adfs/services/trust/13/usernamemixed`. */
  adfsUrl: string;
  /** The whole address of the Windows endpoint, `…/wstrust/issue/windowstransport`. */
  windowsUrl: string;
  credentials: WapCredentials;
  /** A copy, made at each reading. */
  readonly state: WapState;
  /** Nothing has ever happened in it. */
  readonly isEmpty: boolean;
  faults: Faults;
  log: RequestLog;
  seed(seed: WapSeed): void;
  /** What tenants do, after asking the registered subscribers. */
  tenant: Tenant;
  registerSubscriber(subscriber: ApprovalSubscriber): void;
  /** False when nobody has this name. */
  removeSubscriber(name: string): boolean;
  /** Exactly what an adapter must see, in the order of the ids: made one by one while it is read. */
  expectedUsage(wanted?: ExpectedUsage): Iterable<UsageRecord>;
  /** A token as the token sites issue it. */
  issueToken(): string;
  /** Makes every token issued so far worthless, though not expired. */
  revokeTokens(): void;
  save(file: string): void;
  /** Replaces everything by what the file holds. Throws when there is no such file. */
  load(file: string): void;
  close(): Promise<void>;
}
