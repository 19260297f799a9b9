import { AdapterError, invalid } from '../../errors';
import { isAddOn, isPlan, linkedIds } from '../client/kind';
import type { Kind, PlanAdvertisement, PlanOrAddOn, ServiceQuotaSetting } from '../types';

/** A service wanted in a plan; the instance is found out where there is only one. */
export interface WantedService {
  ServiceName: string;
  ServiceInstanceId?: string;
}

/** Settings of one service. */
export interface WantedQuota extends WantedService {
  Settings: ServiceQuotaSetting[];
}

/** A plan's public name and description in one language. */
export interface WantedText {
  LanguageCode: string;
  DisplayName?: string | null;
  Description?: string | null;
}

/** What a plan or add-on should be; whatever is absent stays as it is. */
export interface PlanConfiguration {
  /** Id of another plan (or add-on, for an add-on) to copy everything from; the fields below take precedence. */
  sameAs?: string;
  /** Services by name, or with their instances. Those in `quotas` need not be repeated. */
  services?: Array<string | WantedService>;
  /** Remove services that are not wanted. */
  removeOtherServices?: boolean;
  /** Settings of services; a service that the plan does not have is added. */
  quotas?: WantedQuota[];
  /** The given quotas replace all settings of their services; otherwise they are merged into them. */
  replaceQuotas?: boolean;
  /** Ids to link with: add-ons of a plan; for an add-on, the plans it belongs to. */
  links?: string[];
  /** Unlink what is not in `links`. */
  removeOtherLinks?: boolean;
  /** Texts by language; a missing text stays as it is. */
  advertisements?: WantedText[];
  /** Remove the texts of other languages. */
  removeOtherTexts?: boolean;
  /** A text for people; null removes it. */
  price?: string | null;
  /** Plans only. */
  invitationCode?: string | null;
  /** Plans only; -1 is unlimited. */
  maxSubscriptionsPerAccount?: number;
  /** Add-ons only; -1 is unlimited. */
  maxOccurrencesPerPlan?: number;
}

/** Throws INPUT_INVALID naming `field` when the value is not of its form. */
type Check = (value: unknown, field: string) => void;

const isFilled = (value: unknown) => typeof value === 'string' && value.trim() !== '';

/** A list, each element checked under its own place. */
const listOf =
  (wanted: string, check: Check): Check =>
  (value, field) => {
    if (!Array.isArray(value)) throw invalid(field, `a list of ${wanted}`, value);
    value.forEach((element, index) => {
      check(element, `${field}[${index}]`);
    });
  };

const filledText: Check = (value, field) => {
  if (!isFilled(value)) throw invalid(field, 'a text', value);
};

const textOrNull: Check = (value, field) => {
  if (value !== null && typeof value !== 'string') throw invalid(field, 'a text or null', value);
};

const flag: Check = (value, field) => {
  if (typeof value !== 'boolean') throw invalid(field, 'true or false', value);
};

/** WAP writes -1 for "unlimited". */
const maximum: Check = (value, field) => {
  if (typeof value !== 'number' || !Number.isInteger(value) || (value < 1 && value !== -1))
    throw invalid(field, 'a whole number from 1 on, or -1 for unlimited,', value);
};

/** A field of anything; undefined where there is none. */
const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

/** A name, or an object with the name and perhaps the instance. */
const service: Check = (value, field) => {
  if (typeof value === 'string') return filledText(value, field);
  filledText(fieldOf(value, 'ServiceName'), `${field}.ServiceName`);
  const instance = fieldOf(value, 'ServiceInstanceId');
  if (instance !== undefined && instance !== null) textOrNull(instance, `${field}.ServiceInstanceId`);
};

/** WAP stores text, so a value that is not one would be stored as something else than was meant. */
const setting: Check = (value, field) => {
  filledText(fieldOf(value, 'Key'), `${field}.Key`);
  const text = fieldOf(value, 'Value');
  if (typeof text !== 'string') throw invalid(`${field}.Value`, 'a text (JSON or XML as text, as WAP keeps it)', text);
};

/** A service is not enough: without settings there is nothing to set. */
const quota: Check = (value, field) => {
  if (typeof value === 'string') throw invalid(field, 'an object with ServiceName and Settings', value);
  service(value, field);
  listOf('settings', setting)(fieldOf(value, 'Settings'), `${field}.Settings`);
};

const advertisement: Check = (value, field) => {
  filledText(fieldOf(value, 'LanguageCode'), `${field}.LanguageCode`);
  textOrNull(fieldOf(value, 'DisplayName') ?? null, `${field}.DisplayName`);
  textOrNull(fieldOf(value, 'Description') ?? null, `${field}.Description`);
};

/** Every field there is; a field that is not here is refused, so that a misspelt one is not silently left out. */
const checks: Record<keyof PlanConfiguration, { check: Check; only?: Kind }> = {
  sameAs: { check: filledText },
  services: { check: listOf('services', service) },
  removeOtherServices: { check: flag },
  quotas: { check: listOf('quotas', quota) },
  replaceQuotas: { check: flag },
  links: { check: listOf('ids', filledText) },
  removeOtherLinks: { check: flag },
  advertisements: { check: listOf('advertisements', advertisement) },
  removeOtherTexts: { check: flag },
  price: { check: textOrNull },
  invitationCode: { check: textOrNull, only: 'plan' },
  maxSubscriptionsPerAccount: { check: maximum, only: 'plan' },
  maxOccurrencesPerPlan: { check: maximum, only: 'addon' },
};

/** @throws INPUT_INVALID naming the field, e.g. `quotas[0].Settings[1].Value`; also for fields that are not known */
export function checkConfiguration(kind: Kind, wanted: PlanConfiguration): void {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted))
    throw invalid('configuration', 'an object', wanted);
  for (const [name, value] of Object.entries(wanted)) {
    if (value === undefined) continue;
    const known = Object.entries(checks).find(([field]) => field === name)?.[1];
    if (!known) throw invalid(name, `one of ${Object.keys(checks).join(', ')}`, value);
    if (known.only && known.only !== kind)
      throw new AdapterError('INPUT_INVALID', `${name}: only ${known.only === 'plan' ? 'plans' : 'add-ons'} have it.`, {
        subject: name,
      });
    known.check(value, name);
  }
}

/** The whole configuration of another plan or add-on of the same kind, with its name in the advertisements replaced by `name`. */
export function configurationOf(source: PlanOrAddOn, name: string): PlanConfiguration {
  const common: PlanConfiguration = {
    services: source.ServiceQuotas.map(({ ServiceName, ServiceInstanceId }) => ({ ServiceName, ServiceInstanceId })),
    removeOtherServices: true,
    quotas: source.ServiceQuotas.filter(quota => quota.Settings.length > 0),
    replaceQuotas: true,
    links: linkedIds(source),
    removeOtherLinks: true,
    advertisements: renamedAdvertisements(source, name),
    removeOtherTexts: true,
    price: source.Price,
  };
  if (isAddOn(source)) return { ...common, maxOccurrencesPerPlan: source.MaxOccurrencesPerPlan };
  if (!isPlan(source)) return common;
  return {
    ...common,
    invitationCode: source.InvitationCode,
    maxSubscriptionsPerAccount: source.MaxSubscriptionsPerAccount,
  };
}

/** Texts in which the plan's own name, and nothing else, is replaced. */
export function renamedAdvertisements(source: PlanOrAddOn, name: string): PlanAdvertisement[] {
  return source.Advertisements.map(text =>
    text.DisplayName === source.DisplayName ? { ...text, DisplayName: name } : text,
  );
}
