import { defineNode, to } from '../../runtime/define-node';
import { text } from '../../runtime/inputs';
import { nameOf } from '../../runtime/names';

export = defineNode({
  type: 'billing-plan-retire',
  uses: { billing: 'billing-connection' },
  inputs: { offerKey: text().from('msg.wap.plan.Id') },
  outputs: ['done'],
  run: async ({ offerKey: key }, { billing, msg, signal, say }) => {
    const offer = await billing.provider.retireOffer(key, { signal });
    const shown = say(`status.${offer.state}`, { name: nameOf(key, msg, offer) });
    return to('done', { payload: offer, billing: { ...msg.billing, offer } }, shown);
  },
});
