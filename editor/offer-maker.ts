import { type FlowPiece, hasOfferMaker } from '../lib/billing/offer-maker';
import { say } from './red';

/** In the dialog of a node that waits for an offer: says so while nothing in the flows makes it. `billing` is the dialog's
 *  property with the billing system. */
export function offerMaker(nodeId: string, billing: string): void {
  const field = $(`#node-input-${billing}`);
  const note = $('<div class="wap-billing-note" role="status"/>').appendTo(field.closest('.form-row'));
  const show = () => {
    const chosen = String(field.val() ?? '');
    const nodes = enabledNodes().map(node => (node.id === nodeId ? { ...node, billing: chosen } : node));
    note.text(hasOfferMaker(nodes, nodeId) ? '' : say('offerMaker.none'));
  };
  field.on('change', show);
  show();
}

function enabledNodes(): FlowPiece[] {
  const all = RED.nodes.createCompleteNodeSet();
  const off = new Set(all.filter(({ type, disabled }) => type === 'tab' && disabled).map(({ id }) => id));
  return all.filter(({ d, z }) => d !== true && !off.has(z ?? ''));
}
