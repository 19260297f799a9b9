/** Something that a run has made. */
export interface Thing {
  kind: 'plan' | 'addon' | 'offer' | 'mapping';
  id: string;
  /** A name for people; the id where none is known. */
  name: string;
}

interface DoneStep {
  state: string;
  outcome: unknown;
}

/** What the steps of a run, in their order, have made and not taken away again: plans and add-ons in WAP, offers in
 *  billing, entries of the mapping. A plan that a step takes off the message was deleted by it. */
export function leftBehind(steps: readonly DoneStep[]): Thing[] {
  const things = new Map<string, Thing>();
  let before: Thing[] = [];
  for (const { state, outcome } of steps) {
    const set = state === 'done' ? fieldsAt(outcome, 'set') : null;
    if (!set) continue;
    if ('wap' in set || isUnset(outcome, 'wap')) {
      const now = plansOn(set.wap);
      for (const thing of before) if (!now.some(({ id }) => id === thing.id)) things.delete(keyOf(thing));
      for (const thing of now) things.set(keyOf(thing), thing);
      before = now;
    }
    for (const thing of [offerOn(set.billing), mappingOn(set.mapping)]) if (thing) things.set(keyOf(thing), thing);
  }
  return [...things.values()];
}

/** What tells things apart; ids hold no line break. */
const keyOf = ({ kind, id }: Thing): string => `${kind}\n${id}`;

/** The plan and the original that a message carries. */
function plansOn(wap: unknown): Thing[] {
  const kind = fieldsAt(wap)?.kind === 'addon' ? 'addon' : 'plan';
  return ['plan', 'original'].flatMap(name => {
    const { Id: id, DisplayName: title } = fieldsAt(wap, name) ?? {};
    return typeof id === 'string' ? [{ kind, id, name: typeof title === 'string' ? title : id } as const] : [];
  });
}

/** An offer that billing has: not one that was only looked for. */
function offerOn(billing: unknown): Thing | null {
  const { key, remoteId, state, name } = fieldsAt(billing, 'offer') ?? {};
  const id = [remoteId, key].find(each => typeof each === 'string');
  if (typeof id !== 'string' || state === 'absent' || state === 'retired') return null;
  return { kind: 'offer', id, name: typeof name === 'string' ? name : id };
}

/** The entry of the mapping that a message carries. */
function mappingOn(mapping: unknown): Thing | null {
  const { wapId, billingId } = fieldsAt(mapping) ?? {};
  if (typeof wapId !== 'string') return null;
  return { kind: 'mapping', id: wapId, name: typeof billingId === 'string' ? `${wapId} → ${billingId}` : wapId };
}

/** Whether the step took the property off the message. */
const isUnset = (outcome: unknown, name: string): boolean => {
  const unset = fieldsAt(outcome)?.unset;
  return Array.isArray(unset) && unset.includes(name);
};

/** The object deep inside a value of any shape; null where there is none, or a list. */
export function fieldsAt(value: unknown, ...path: string[]): Record<string, unknown> | null {
  let at: unknown = value;
  for (const name of path) at = typeof at === 'object' && at !== null ? Reflect.get(at, name) : null;
  return typeof at === 'object' && at !== null && !Array.isArray(at) ? { ...at } : null;
}
