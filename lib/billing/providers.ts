import type { ProviderKind } from './provider';
import { restProvider } from './rest/open';

/** Every kind of billing system by the name that a flow saves. A new one is a folder `lib/billing/<name>/` and one line. */
export const providers: ReadonlyMap<string, ProviderKind> = new Map([['rest', restProvider]]);

/** The choices of the dialog. */
export const providerNames: readonly string[] = [...providers.keys()];
