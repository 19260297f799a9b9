import { createOffer } from '../../lib/billing/port';
import { defineNode, to } from '../../runtime/define-node';
import { choice, flag, object, text } from '../../runtime/inputs';

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
    publish: flag().preset(true),
  },
  outputs: ['done'],
  run: async (fields, { billing, msg, signal, say }) => {
    const { kind, plan, offerKey: key, offerName: name, description = null, price = null, publish } = fields;
    const wanted = { key, name, kind, description, price, plan };
    const offer = await createOffer(billing.provider, wanted, publish, { signal });
    return to('done', { payload: offer, billing: { ...msg.billing, offer } }, say(`status.${offer.state}`, { name }));
  },
});
