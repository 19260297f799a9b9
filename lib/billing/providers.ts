import type { ProviderForm, ProviderKind } from './provider';
import { restProvider } from './rest/open';
import { killbill } from './systems/killbill';
import { lago } from './systems/lago';
import { openmeter } from './systems/openmeter';
import { stripe } from './systems/stripe';
import { providerOf } from './systems/system';

/** Every kind of billing system by the name that a flow saves. A new one is a file in `lib/billing/systems/`, or a folder
 *  `lib/billing/<name>/` where its calls cannot be templates, and one line. */
export const providers: ReadonlyMap<string, ProviderKind> = new Map([
  ['rest', restProvider],
  ['stripe', providerOf(stripe)],
  ['openmeter', providerOf(openmeter)],
  ['lago', providerOf(lago)],
  ['killbill', providerOf(killbill)],
]);

/** What the dialog shows of each. */
export const providerForms: Readonly<Record<string, ProviderForm>> = Object.fromEntries(
  [...providers].map(([name, { form }]) => [name, form]),
);

/** The choices of the dialog. */
export const providerNames: readonly string[] = [...providers.keys()];
