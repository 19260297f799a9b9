import { AdapterError, isObject, shapeOf } from '../../errors';
import type { OpenedProvider, ProviderKind, ProviderTools } from '../provider';
import type { LocalText, ProviderForm } from '../provider-form';
import type { BillingSettings } from '../settings';
import { providerOf, type System } from './system';

/** Of Node-RED's plug-ins that bring a provider. */
export const pluginType = 'wap-billing-provider';

/** What this version understands; a plug-in that is made for a later one says so by a higher number. */
const contract = 1;

/** A provider that another package brings: `RED.plugins.registerPlugin('<id>', plugin)`. Either its calls are templates, or it opens
 *  the ports itself. */
export interface ProviderPlugin {
  type: typeof pluginType;
  contract: typeof contract;
  /** What a flow saves; none of ours, and never changed. */
  name: string;
  label: LocalText;
  form: Omit<ProviderForm, 'label' | 'texts'>;
  /** Of the options of `form`. */
  texts?: ProviderForm['texts'];
  /** See docs/billing-rest.md; with what `System` has besides. */
  system?: Omit<System, 'form'>;
  /** Makes no call. @throws INPUT_INVALID naming the field */
  open?(settings: BillingSettings, tools: ProviderTools): OpenedProvider;
  /** Credentials that stand in settings of this provider alone; no error and no log may show them. */
  secretsIn?(settings: BillingSettings): string[];
}

/** The providers of those `plugins` that are made for this version, by name; the first of a name counts.
 *  What cannot be used is left out here, and named by `pluginOf` to whoever chose it. */
export function pluginKinds(plugins: readonly unknown[]): Map<string, ProviderKind> {
  const usable = plugins.filter((plugin): plugin is ProviderPlugin => faultOf(plugin) === null);
  return new Map(usable.reverse().map(plugin => [plugin.name, kindOf(plugin)]));
}

/** The provider of this name; `undefined` when no package brings one.
 *  @throws INPUT_CONFIG when it is made for a later version, or is not complete */
export function pluginOf(name: string, plugins: readonly unknown[]): ProviderKind | undefined {
  const kind = pluginKinds(plugins).get(name);
  const unusable = plugins.find(plugin => isObject(plugin) && plugin.name === name);
  if (kind || !unusable) return kind;
  throw AdapterError.advising(
    'INPUT_CONFIG',
    `The provider ${name} cannot be used: ${faultOf(unusable)}. Update the package that brings it, or this one.`,
    { subject: 'provider' },
  );
}

function kindOf({ label, texts, system, open, secretsIn, ...plugin }: ProviderPlugin): ProviderKind {
  const form: ProviderForm = { ...plugin.form, label, ...(texts ? { texts } : {}) };
  if (system) return providerOf({ ...system, form });
  return {
    form,
    open: (settings, tools) => opened(open?.(settings, tools)),
    secretsIn: settings => secretsIn?.(settings) ?? [],
  };
}

/** A plug-in is JavaScript of others, and may bring less than it promises. */
function opened(ports: OpenedProvider | undefined): OpenedProvider {
  if (isObject(ports?.provider) && isObject(ports?.usage) && isObject(ports?.subscriptions)) return ports;
  throw AdapterError.advising(
    'INPUT_CONFIG',
    'The provider opens no provider, usage and subscriptions. Update its package.',
    { subject: 'provider' },
  );
}

/** Why a plug-in cannot be used; `null` when it can. */
function faultOf(plugin: unknown): string | null {
  if (!isObject(plugin)) return `it is ${shapeOf(plugin)}`;
  const { contract: made, name, form, system, open } = plugin;
  if (made !== contract) return `it is made for contract ${JSON.stringify(made)}, and this version knows ${contract}`;
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]{0,40}$/.test(name)) return 'its name is no word of small letters';
  if (!isObject(form) || typeof form.address !== 'string' || !isObject(form.options))
    return 'its form has no address or no options';
  return isObject(system) || typeof open === 'function' ? null : 'it has neither a system nor open';
}
