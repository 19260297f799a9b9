import type { OfferState } from '../port';
import type { Compile, Evaluate } from '../settings';
import { type CompiledSubscriptions, compileSubscriptions, subscriptionTemplates } from './compile-subscriptions';
import { compileUsage, type UsageOperation } from './compile-usage';
import { compileExpression } from './expression';
import { fieldsOf, isLeftOut, readWords, type Words } from './fields';
import {
  type CreateOperation,
  type ListOperation,
  type Operation,
  OperationCompiler,
  type ReadOperation,
} from './operation';

/** The calls about offers, ready to use. */
export interface CompiledOffers {
  readonly create: CreateOperation;
  readonly read: ReadOperation;
  readonly list: ListOperation | null;
  readonly publish: Operation | null;
  readonly retire: Operation | null;
  readonly check: Operation;
  readonly states: Words<OfferState>;
  readonly same: Evaluate | null;
}

/** All templates of a connection, ready to use; `null`: that billing system does not have the thing. */
export interface Compiled {
  readonly offers: CompiledOffers;
  readonly usage: UsageOperation | null;
  readonly subscriptions: CompiledSubscriptions | null;
}

const offerStates: readonly OfferState[] = ['absent', 'draft', 'active', 'retired'];
const offerTemplates = ['create', 'read', 'list', 'publish', 'retire', 'check', 'answer', 'error', 'states', 'same'];

/** Checks and compiles the templates once, before any call. `given` is what the operator wrote (see `RestTemplates`).
 *  @throws INPUT_INVALID for a wrong shape, BILLING_TEMPLATE for an expression that does not compile; both name
 *  operation and field, e.g. `templates.create.body` */
export function compileTemplates(given: unknown, compile: Compile): Compiled {
  const all = fieldsOf(given, 'templates', [...offerTemplates, 'usage', ...subscriptionTemplates]);
  const optional = (name: string) =>
    isLeftOut(all[name]) ? null : compileExpression(compile, all[name], `templates.${name}`);
  const answer = compileExpression(compile, all.answer, 'templates.answer');
  const compiler = new OperationCompiler(all, compile, { answer, error: optional('error') });
  return {
    offers: {
      create: compiler.create('create'),
      read: compiler.read('read'),
      list: compiler.optionalList('list'),
      publish: compiler.optional('publish'),
      retire: compiler.optional('retire'),
      check: compiler.operation('check'),
      states: readWords(all.states, 'templates.states', offerStates),
      same: optional('same'),
    },
    usage: isLeftOut(all.usage) ? null : compileUsage(fieldsOf(all.usage, 'templates.usage'), compiler, compile),
    subscriptions: compileSubscriptions(all, compiler, compile),
  };
}
