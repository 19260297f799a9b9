import type { Compile } from '../settings';
import type { BilledState } from '../subscription-port';
import { compileExpression } from './expression';
import { type Fields, isLeftOut, readWords, type Words } from './fields';
import type { CreateOperation, ListOperation, Operation, OperationCompiler, ReadOperation } from './operation';

/** The calls about subscriptions, ready to use. */
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

/** The names under which an operator writes them. */
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

const billedStates: readonly BilledState[] = ['absent', 'active', 'suspended', 'cancelled'];

/** `null` where the billing system keeps no subscriptions that can be read.
 *  @throws INPUT_INVALID, BILLING_TEMPLATE naming the field */
export function compileSubscriptions(
  all: Fields,
  compiler: OperationCompiler,
  compile: Compile,
): CompiledSubscriptions | null {
  if (isLeftOut(all.subscriptionRead)) return null;
  const answer = compileExpression(compile, all.subscriptionAnswer, 'templates.subscriptionAnswer');
  const own = compiler.readingAnswersBy(answer);
  return {
    create: own.optionalCreate('subscriptionCreate'),
    read: own.read('subscriptionRead'),
    plan: own.optional('subscriptionPlan'),
    suspend: own.optional('subscriptionSuspend'),
    resume: own.optional('subscriptionResume'),
    cancel: own.optional('subscriptionCancel'),
    list: own.optionalList('subscriptionList'),
    states: readWords(all.subscriptionStates, 'templates.subscriptionStates', billedStates),
  };
}
