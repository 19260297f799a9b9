import type { MappingPlace } from '../../../lib/desk/mapping';
import { say } from '../../red';
import { type Choice, choicesOf } from '../../suggest';

/** Which list of WAP has the ids of a kind, and which of billing the ids that stand for them. */
const lists: Record<string, { wap: string; billing?: string }> = {
  plan: { wap: 'plan', billing: 'billingId' },
  addon: { wap: 'addon', billing: 'billingId' },
  subscription: { wap: 'subscription' },
  user: { wap: 'user' },
};

/** Ids of one side with their names, for a kind of entry. @throws (a text) why there are none */
export async function offered(
  through: MappingPlace['through'],
  side: 'wap' | 'billing',
  kind: string,
  text: string,
): Promise<Choice[]> {
  const list = lists[kind]?.[side];
  if (!list) throw say('desk.mapping.notListed');
  if (!through) throw say('desk.mapping.notReached');
  return choicesOf(`${side}-connection`, through[side], list, text);
}
