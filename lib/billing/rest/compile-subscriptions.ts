import type { BilledState } from '../subscription-port';
import type { CreateOperation, ListOperation, Operation, ReadOperation } from './compile';
import type { Compile } from './expression';
import { compileExpression } from './expression';
import { type Fields, isLeftOut, readWords, type Words } from './fields';

/** Calls about subscriptions, ready to use. */
export interface CompiledSubscriptions {
  readonly create: CreateOperation | null;
  readonly read: ReadOperation;
  readonly plan: Operation | null;
  readonly suspend: Operation | null;
  readonly resume: Operation | null;
  readonly cancel: Operation | null;
  readonly list: ListOperation | null;
  readonly states: Words<BilledState>;
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
  reading(name: string): ReadOperation;
  create(name: string): CreateOperation;
  list(name: string): ListOperation;
}

const ours: readonly BilledState[] = ['absent', 'active', 'suspended', 'cancelled'];

/** `null` where the billing system keeps no subscriptions that can be read. @throws INPUT_INVALID, BILLING_TEMPLATE naming the field */
export function compileSubscriptions(
  all: Fields,
  compile: Compile,
  partsWith: (answer: ReturnType<typeof compileExpression>) => Parts,
): CompiledSubscriptions | null {
  if (isLeftOut(all.subscriptionRead)) return null;
  const parts = partsWith(compileExpression(compile, all.subscriptionAnswer, 'templates.subscriptionAnswer'));
  const optional = (name: string) => (isLeftOut(all[name]) ? null : parts.operation(name));
  return {
    create: isLeftOut(all.subscriptionCreate) ? null : parts.create('subscriptionCreate'),
    read: parts.reading('subscriptionRead'),
    plan: optional('subscriptionPlan'),
    suspend: optional('subscriptionSuspend'),
    resume: optional('subscriptionResume'),
    cancel: optional('subscriptionCancel'),
    list: isLeftOut(all.subscriptionList) ? null : parts.list('subscriptionList'),
    states: readWords(all.subscriptionStates, 'templates.subscriptionStates', ours),
  };
}
