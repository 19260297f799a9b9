import { shapeOf } from '../errors';
import { inputInvalid } from './invalid';
import type { ProviderKind } from './provider';
import type { ProviderForm } from './provider-form';
import { restProvider } from './rest/open';
import { killbill } from './systems/killbill';
import { lago } from './systems/lago';
import { openmeter } from './systems/openmeter';
import { pluginKinds, pluginOf } from './systems/plugin';
import { stripe } from './systems/stripe';
import { providerOf } from './systems/system';

/** Every kind of billing system by the name that a flow saves. A new one is a file in `lib/billing/systems/`, or a folder
 *  `lib/billing/<name>/` where its calls cannot be templates, and one line. */
const ours: ReadonlyMap<string, ProviderKind> = new Map([
  ['rest', restProvider],
  ['stripe', providerOf(stripe)],
  ['openmeter', providerOf(openmeter)],
  ['lago', providerOf(lago)],
  ['killbill', providerOf(killbill)],
]);

/** What the dialog shows of each, those of other packages after ours. */
export function formsOf(plugins: readonly unknown[]): Record<string, ProviderForm> {
  return Object.fromEntries([...all(plugins)].map(([name, { form }]) => [name, form]));
}

/** The provider of this name, ours or one of `plugins` (as other packages register them).
 *  @throws INPUT_INVALID when nobody brings it; INPUT_CONFIG when it is made for another version of this package */
export function kindOf(provider: string, plugins: readonly unknown[] = []): ProviderKind {
  const kind = ours.get(provider) ?? pluginOf(provider, plugins);
  if (kind) return kind;
  const known = /^[\w.-]{1,60}$/.test(provider) ? `"${provider}"` : shapeOf(provider);
  throw inputInvalid(
    'provider',
    `is ${known}, which nobody brings`,
    `Install the package that brings it, or use ${[...all(plugins).keys()].join(', ')}.`,
  );
}

/** A name of ours is never another package's. */
const all = (plugins: readonly unknown[]) => new Map([...ours, ...pluginKinds(plugins), ...ours]);
