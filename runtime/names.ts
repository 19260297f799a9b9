import { isSameName } from '../lib/ids';
import type { AdapterMessage } from './message';

/** What a person calls the plan, add-on or offer with this id, as far as the message or an answer of billing tells; the id itself
 *  otherwise. */
export function nameOf(id: string, { wap, billing, mapping }: AdapterMessage, answered?: { name?: string }): string {
  const plan = [wap?.plan, wap?.original].find(known => typeof known?.Id === 'string' && isSameName(known.Id, id));
  const offer = billing?.offer?.key === id ? billing.offer.name : undefined;
  const mapped = mapping?.wapId === id ? mapping.name : undefined;
  return [answered?.name, plan?.DisplayName, offer, mapped].find(isName) ?? id;
}

const isName = (name: unknown): name is string => typeof name === 'string' && name.trim() !== '';
