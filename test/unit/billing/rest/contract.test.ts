import type { OfferState } from '../../../../lib/billing/port';
import type { RestTemplates } from '../../../../lib/billing/rest/templates';
import { defaultTemplates } from '../../../../lib/billing/rest/templates';
import type { BillingSettings } from '../../../../lib/billing/settings';
import { type ProviderWorld, providerContract } from '../../../contract/provider';
import { InstantClock } from '../../http/instant-clock';
import { billingWorld } from '../billing-world';

const paths = { create: /^\/offers$/, publish: /\/publish$/, retire: /\/retire$/ };

async function restWorld(templates: RestTemplates, settings: Partial<BillingSettings> = {}): Promise<ProviderWorld> {
  const { simulator, connection, close } = await billingWorld({ templates, settings, clock: new InstantClock() });
  return {
    provider: connection.provider,
    held: () =>
      Object.fromEntries(simulator.state.offers.map((offer): [string, OfferState] => [offer.key, offer.state])),
    hideNewOffers: () => simulator.seed({ rules: [{ pattern: /./, delayMs: 'never' }] }),
    loseAnswer: call => simulator.faults.add({ kind: 'reset-after', method: 'POST', path: paths[call] }),
    close,
  };
}

const { list: _list, ...withoutList } = defaultTemplates;

providerContract('rest', () => restWorld(defaultTemplates));
providerContract('rest with an idempotency header', () =>
  restWorld(defaultTemplates, { idempotencyHeader: 'Idempotency-Key' }),
);
providerContract('rest without a list', () => restWorld(withoutList));
providerContract('rest with several pages', () =>
  restWorld({
    ...withoutList,
    list: {
      method: 'GET',
      path: '/offers',
      query: { page: '{page}', per_page: '{pageSize}' },
      items: 'offers',
      pageSize: 2,
    },
  }),
);
