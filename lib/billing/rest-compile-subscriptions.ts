import { shapeOf } from '../errors';
import type { Compile } from './expression';
import { compileExpression, inputInvalid } from './expression';
import type { CreateOperation, ListOperation, Operation } from './rest-compile';
import { type Fields, fieldsOf, isLeftOut } from './rest-fields';
import type { BilledState } from './subscription-port';

/** Calls about subscriptions, ready to use. */
export interface CompiledSubscriptions {
  readonly create: CreateOperation;
  readonly read: Operation;
  readonly plan: Operation | null;
  readonly suspend: Operation | null;
  readonly resume: Operation | null;
  readonly cancel: Operation | null;
  readonly list: ListOperation | null;
  readonly states: ReadonlyMap<string, BilledState>;
}

export const subscriptionTemplates = [
  'subscriptionCreate',
  'subscriptionRead',
  'subscriptionPlan',
  'subscriptionSuspend',
  'subscriptionResume',
  'subscriptionCancel',
  'subscriptionList',
  'subscriptionAnswer',
  'subscriptionStates',
];

/** How one operation of each kind is compiled. */
interface Parts {
  operation(name: string): Operation;
  create(name: string): CreateOperation;
  list(name: string): ListOperation;
}

const ours: readonly BilledState[] = ['absent', 'active', 'suspended', 'cancelled'];

/** `null` where the billing system keeps no subscriptions. @throws INPUT_INVALID, BILLING_TEMPLATE naming the field */
export function compileSubscriptions(
  all: Fields,
  compile: Compile,
  partsWith: (answer: ReturnType<typeof compileExpression>) => Parts,
): CompiledSubscriptions | null {
  if (isLeftOut(all.subscriptionCreate) || isLeftOut(all.subscriptionRead)) return null;
  const parts = partsWith(compileExpression(compile, all.subscriptionAnswer, 'templates.subscriptionAnswer'));
  const optional = (name: string) => (isLeftOut(all[name]) ? null : parts.operation(name));
  return {
    create: parts.create('subscriptionCreate'),
    read: parts.operation('subscriptionRead'),
    plan: optional('subscriptionPlan'),
    suspend: optional('subscriptionSuspend'),
    resume: optional('subscriptionResume'),
    cancel: optional('subscriptionCancel'),
    list: isLeftOut(all.subscriptionList) ? null : parts.list('subscriptionList'),
    states: stateWords(all.subscriptionStates),
  };
}

function stateWords(given: unknown): Map<string, BilledState> {
  const field = 'templates.subscriptionStates';
  const words = new Map<string, BilledState>(ours.map(state => [state, state]));
  for (const [word, state] of isLeftOut(given) ? [] : Object.entries(fieldsOf(given, field))) {
    const known = ours.find(one => one === state);
    if (!known) throw inputInvalid(`${field}.${word}`, `is ${shapeOf(state)}`, `Use ${ours.join(', ')}.`);
    words.set(word, known);
  }
  return words;
}
