import type { Choice } from '../choice';
import { AdapterError } from '../errors';
import type { BillingProvider } from './port';

/** What dialogs suggest through a billing connection: offers by key, and by billing's own id.
 *  @throws INPUT_CONFIG where this billing system cannot list */
export const billingChoices = {
  offer: async ({ provider }: { provider: BillingProvider }, signal: AbortSignal): Promise<Choice[]> =>
    (await offersOf(provider, signal)).map(({ key, name, state }) => ({
      value: key,
      label: name && name !== key ? `${name} · ${key} · ${state}` : `${key} · ${state}`,
    })),
  billingId: async ({ provider }: { provider: BillingProvider }, signal: AbortSignal): Promise<Choice[]> =>
    (await offersOf(provider, signal)).flatMap(({ key, name, remoteId }) =>
      remoteId ? [{ value: remoteId, label: `${name ?? key} · ${remoteId}` }] : [],
    ),
};

function offersOf(provider: BillingProvider, signal: AbortSignal) {
  if (provider.listOffers) return provider.listOffers({ signal });
  throw AdapterError.advising(
    'INPUT_CONFIG',
    'This billing system has no list of offers. Fill in “Templates › List all offers”, or type the id.',
    { subject: 'templates' },
  );
}
