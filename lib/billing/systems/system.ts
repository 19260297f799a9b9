import { shapeOf } from '../../errors';
import { inputInvalid } from '../invalid';
import { optionsOf } from '../options';
import type { BillingCall, Offer, OfferRef } from '../port';
import type { ProviderForm, ProviderKind } from '../provider';
import { openTemplates } from '../rest/open';
import type { RestTemplates } from '../rest/templates';
import { amountIn } from './amount';

/** A billing system that is known to us: its calls, as templates of the REST provider, and what an operator has to say of it. */
export interface System {
  form: ProviderForm;
  templates: RestTemplates;
  /** By which it executes a repeated call once. */
  idempotencyHeader?: string;
  /** What every call carries besides the sign-in. */
  headers?(options: Record<string, string>, secondSecret: string): Record<string, string>;
  /** @throws INPUT_INVALID, INPUT_CONFIG for what it cannot take, before any call is made */
  checkOffer?(offer: Offer): void;
}

/** Registers like any other provider; its templates are its own and no field of the dialog. */
export function providerOf({ form, templates, idempotencyHeader, headers, checkOffer }: System): ProviderKind {
  return {
    form,
    open: (settings, tools) => {
      const options = optionsOf(form.options, settings.options);
      const secret = settings.secondSecret ?? '';
      const wantsSecret = Object.entries(form.options).find(([, field]) => field.secret && !field.optional);
      if (wantsSecret && secret === '') throw inputInvalid(`options.${wantsSecret[0]}`, 'is empty', 'Fill it in.');
      const opened = openTemplates(templates, settings, tools, {
        options,
        idempotencyHeader: idempotencyHeader ?? null,
        headers: headers?.(options, secret) ?? {},
      });
      const { provider } = opened;
      const ensureOffer = async (wanted: Offer, call?: BillingCall): Promise<OfferRef> => {
        checkRates(wanted);
        checkOffer?.(wanted);
        // A system without a currency does not charge by itself, and takes WAP's words.
        const { currency } = options;
        const price = currency === undefined ? wanted.price : amountIn(wanted.price, currency, 'price');
        return provider.ensureOffer({ ...wanted, price }, call);
      };
      return {
        ...opened,
        provider: {
          ensureOffer,
          offerState: (key, call) => provider.offerState(key, call),
          listOffers: provider.listOffers,
          publishOffer: (key, call) => provider.publishOffer(key, call),
          retireOffer: (key, call) => provider.retireOffer(key, call),
          check: call => provider.check(call),
        },
      };
    },
    secretsIn: () => [],
  };
}

function checkRates({ rates }: Offer): void {
  for (const [index, { unitPrice }] of rates.entries())
    if (!/^\d{1,15}(\.\d{1,12})?$/.test(unitPrice))
      throw inputInvalid(
        `rates[${index}].unitPrice`,
        `is ${shapeOf(unitPrice)} that is no amount`,
        'Write it like 0.0125, without a currency.',
      );
}

/** Of every system that charges by period. */
export const terms = {
  currency: { preset: 'EUR', shape: { pattern: '[A-Z]{3}', sample: 'EUR' } },
  interval: { preset: 'month', words: ['month', 'year'] },
} as const;
