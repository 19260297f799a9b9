import { createOffer, type Rate } from '../../lib/billing/port';
import { defineNode, to } from '../../runtime/define-node';
import { anything, asObject, asText, choice, flag, list, object, optionalText, text } from '../../runtime/inputs';

const rate = (value: unknown, field: string): Rate => {
  const { meter, unit, unitPrice } = asObject(value, field);
  return {
    meter: asText(meter, `${field}.meter`),
    unit: optionalText(unit, `${field}.unit`) ?? null,
    unitPrice: asText(typeof unitPrice === 'number' ? String(unitPrice) : unitPrice, `${field}.unitPrice`),
  };
};
const rates = list(rate);

export = defineNode({
  type: 'billing-plan-create',
  uses: { billing: 'billing-connection' },
  inputs: {
    kind: choice('plan', 'addon').from('msg.wap.kind'),
    plan: object().from('msg.wap.plan'),
    offerKey: text().from('msg.wap.plan.Id'),
    offerName: text().from('msg.wap.plan.DisplayName'),
    description: text().preset('', 'str').optional(),
    price: text().from('msg.wap.plan.Price').optional(),
    rates: rates.preset('[]').addedLater(),
    ratesFrom: anything().from('msg.billing.rates').optional().addedLater(),
    publish: flag().preset(true),
  },
  outputs: ['done'],
  run: async (fields, { billing, msg, signal, say }) => {
    const { kind, plan, offerKey: key, offerName: name, description = null, price = null, publish } = fields;
    const told = fields.rates.length > 0 || fields.ratesFrom === undefined;
    const wanted = {
      ...{ key, name, kind, description, price, plan },
      rates: told ? fields.rates : rates.parse(fields.ratesFrom, 'ratesFrom'),
    };
    const offer = await createOffer(billing.provider, wanted, publish, { signal });
    return to('done', { payload: offer, billing: { ...msg.billing, offer } }, say(`status.${offer.state}`, { name }));
  },
});
