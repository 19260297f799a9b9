import { optionsOf } from '../options';
import type { Offer } from '../port';
import type { ProviderKind } from '../provider';
import type { ProviderForm } from '../provider-form';
import { openTemplates } from '../rest/open';
import type { RestTemplates } from '../rest/templates';
import { amountIn, checkAmount } from './amount';

/** A billing system that is known to us: its calls, as templates of the REST provider, and what an operator has to say of it. */
export interface System {
  form: ProviderForm;
  templates: RestTemplates;
  /** By which it executes a repeated call once. */
  idempotencyHeader?: string | null;
  /** What every call carries besides the sign-in. */
  headers?(options: Record<string, string>, secondSecret: string): Record<string, string>;
  /** @throws INPUT_INVALID, INPUT_CONFIG for what it cannot take, before any call is made */
  checkOffer?(offer: Offer): void;
}

/** Registers like any other provider; its templates are its own and no field of the dialog. */
export function providerOf({ form, templates, idempotencyHeader = null, headers, checkOffer }: System): ProviderKind {
  return {
    form,
    open: (settings, tools) => {
      const { options, secondSecret } = optionsOf(form.options, settings);
      const { currency } = options;
      return openTemplates(settings, tools, {
        templates,
        every: { options, idempotencyHeader, headers: headers?.(options, secondSecret) ?? {} },
        asTaken: wanted => {
          for (const [index, { unitPrice }] of wanted.rates.entries())
            checkAmount(unitPrice, `rates[${index}].unitPrice`);
          checkOffer?.(wanted);
          // A system without a currency does not charge by itself, and takes WAP's words.
          return currency === undefined ? wanted : { ...wanted, price: amountIn(wanted.price, currency, 'price') };
        },
      });
    },
    secretsIn: () => [],
  };
}

/** Of every system that charges by period. */
export const terms = {
  currency: { preset: 'EUR', shape: { pattern: '[A-Z]{3}', sample: 'EUR' } },
  interval: { preset: 'month', words: ['month', 'year'] },
} as const;
