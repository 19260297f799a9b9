import { shapeOf } from '../../errors';
import { inputInvalid } from '../invalid';
import type { Compile, Evaluate } from '../settings';
import { type AnswerTest, compileTest } from './answer-test';
import { type CompiledRequest, compileRequest } from './compile-request';
import { compileExpression } from './expression';
import { count, type Fields, fieldsOf, isLeftOut } from './fields';

/** What the expressions of a request see. */
export type RequestData = Record<string, unknown>;

/** One operation, ready to use. */
export interface Operation extends CompiledRequest {
  /** For messages, e.g. `templates.create`. */
  readonly field: string;
  readonly answer: Evaluate;
  /** Its own answer template reads `$headers`, so an answer without a body can tell something too. */
  readonly readsHeaders: boolean;
  /** What billing says went wrong in an answer whose status is a success; `null`: no template tells. */
  readonly error: Evaluate | null;
  /** What has to be there first, in this order. */
  readonly before: readonly Step[];
}
/** Something that an operation needs in billing, such as a customer: it is looked for, and made where it is not there. */
export interface Step {
  readonly field: string;
  /** Under which later expressions see what was found or made. */
  readonly name: string;
  /** Gives a list: the step is taken once for each of it, and what it brings is a list too. */
  readonly each: Evaluate | null;
  readonly look: LookOperation;
  /** `null`: it is never made here, and an error when it is not there. */
  readonly make: CreateOperation | null;
}
/** Looks for one thing, on several pages where need be. */
export interface LookOperation extends ReadOperation {
  readonly next: Evaluate | null;
}
/** Reads one thing. */
export interface ReadOperation extends Operation {
  /** "There is none". */
  readonly absent: AnswerTest;
}
/** Creates a thing, unless it exists. */
export interface CreateOperation extends Operation {
  /** "There is one already". */
  readonly exists: AnswerTest;
  /** Finds what exists already in such an answer; `null`: it has to be read. */
  readonly existing: Evaluate | null;
}
/** Reads many things, page by page. */
export interface ListOperation extends Operation {
  readonly items: Evaluate;
  readonly pageSize: number | null;
  readonly firstPage: number;
  readonly next: Evaluate | null;
}

/** What operations use that have none of their own. */
interface Shared {
  answer: Evaluate;
  error: Evaluate | null;
}

const common = ['method', 'path', 'query', 'headers', 'body', 'encode', 'decode', 'answer', 'error'];
/** Names that the expressions of some operation have already; docs/billing-rest.md has the table. */
const reservedNames = [
  ...[
    'key',
    'name',
    'kind',
    'plan',
    'price',
    'rates',
    'description',
    'remoteId',
    'state',
    'version',
    'page',
    'pageSize',
  ],
  ...['at', 'since', 'offerKey', 'offerId', 'account', 'items', 'item', 'meter', 'unit', 'each', 'target', 'options'],
];
/** Statuses by which nearly every API says that there is no such thing. */
const noneThere = [404, 410];
const conflict = [409];

/** Compiles the operations of one set of templates. Each method throws INPUT_INVALID or BILLING_TEMPLATE naming operation
 *  and field, e.g. `templates.create.body`. */
export class OperationCompiler {
  readonly #all: Fields;
  readonly #compile: Compile;
  readonly #shared: Shared;

  constructor(all: Fields, compile: Compile, shared: Shared) {
    this.#all = all;
    this.#compile = compile;
    this.#shared = shared;
  }

  /** The same templates, their answers read by another expression. */
  readingAnswersBy(answer: Evaluate): OperationCompiler {
    return new OperationCompiler(this.#all, this.#compile, { ...this.#shared, answer });
  }

  /** `more`: fields that this operation has beside those of every operation. */
  operation(name: string, more: readonly string[] = []): Operation {
    return this.#operation(this.#all[name], `templates.${name}`, more);
  }

  #operation(given: unknown, field: string, more: readonly string[]): Operation {
    const fields = fieldsOf(given, field, [...common, ...more]);
    const own = (given: unknown, part: string) => compileExpression(this.#compile, given, `${field}.${part}`);
    return {
      field,
      ...compileRequest(fields, field, this.#compile),
      answer: isLeftOut(fields.answer) ? this.#shared.answer : own(fields.answer, 'answer'),
      readsHeaders: /\$headers\b/.test(String(fields.answer)),
      error: isLeftOut(fields.error) ? this.#shared.error : own(fields.error, 'error'),
      before: isLeftOut(fields.before) ? [] : this.#steps(fields.before, `${field}.before`),
    };
  }

  #steps(given: unknown, field: string): Step[] {
    if (!Array.isArray(given)) throw inputInvalid(field, `is ${shapeOf(given)}`, 'Write a list of steps.');
    return given.map((each: unknown, index) => this.#step(each, `${field}[${index}]`));
  }

  #step(given: unknown, field: string): Step {
    const { name, each, look, make } = fieldsOf(given, field, ['name', 'each', 'look', 'make']);
    if (typeof name !== 'string' || !/^[a-z][A-Za-z0-9]{0,40}$/.test(name) || reservedNames.includes(name))
      throw inputInvalid(
        `${field}.name`,
        `is ${shapeOf(name)}`,
        `Write a word that begins with a small letter and is none of ${reservedNames.join(', ')}.`,
      );
    const answered = (operation: unknown, part: string) => {
      if (isLeftOut(fieldsOf(operation, `${field}.${part}`).answer))
        throw inputInvalid(`${field}.${part}.answer`, 'is left out', 'Write what later steps need, like id.');
    };
    answered(look, 'look');
    if (!isLeftOut(make)) answered(make, 'make');
    return {
      field,
      name,
      each: isLeftOut(each) ? null : compileExpression(this.#compile, each, `${field}.each`),
      look: this.look(look, `${field}.look`),
      make: isLeftOut(make) ? null : this.#make(make, `${field}.make`, []),
    };
  }

  /** Looks for one thing that is no offer and no subscription. */
  look(given: unknown, field: string): LookOperation {
    const { next } = fieldsOf(given, field);
    return {
      ...this.#reading(given, field, ['next']),
      next: isLeftOut(next) ? null : compileExpression(this.#compile, next, `${field}.next`),
    };
  }

  #make(given: unknown, field: string, more: readonly string[]): CreateOperation {
    const { exists, existing } = fieldsOf(given, field);
    return {
      ...this.#operation(given, field, ['exists', 'existing', ...more]),
      exists: compileTest(exists, `${field}.exists`, conflict, this.#compile),
      existing: isLeftOut(existing) ? null : compileExpression(this.#compile, existing, `${field}.existing`),
    };
  }

  /** A change; `null` where the billing system has none such. */
  optional(name: string): Operation | null {
    return this.#ifGiven(name, () => this.operation(name, ['before']));
  }

  read(name: string): ReadOperation {
    return this.#reading(this.#all[name], `templates.${name}`, []);
  }

  #reading(given: unknown, field: string, more: readonly string[]): ReadOperation {
    const { absent } = fieldsOf(given, field);
    return {
      ...this.#operation(given, field, ['absent', ...more]),
      absent: compileTest(absent, `${field}.absent`, noneThere, this.#compile),
    };
  }

  create(name: string): CreateOperation {
    return this.#make(this.#all[name], `templates.${name}`, ['before']);
  }

  optionalCreate(name: string): CreateOperation | null {
    return this.#ifGiven(name, () => this.create(name));
  }

  /** `null` where the billing system cannot list. */
  optionalList(name: string): ListOperation | null {
    return this.#ifGiven(name, () => this.#list(name));
  }

  #list(name: string): ListOperation {
    const operation = this.operation(name, ['items', 'pageSize', 'firstPage', 'next']);
    const { field } = operation;
    const { items, pageSize, firstPage, next } = this.#fieldsOf(name);
    const asked = isLeftOut(pageSize) ? null : count(pageSize, `${field}.pageSize`, 1);
    return {
      ...operation,
      items: compileExpression(this.#compile, isLeftOut(items) ? '$' : items, `${field}.items`),
      pageSize: asked,
      firstPage: isLeftOut(firstPage) ? 1 : count(firstPage, `${field}.firstPage`, 0),
      next: isLeftOut(next) ? null : compileExpression(this.#compile, next, `${field}.next`),
    };
  }

  #ifGiven<T>(name: string, compiled: () => T): T | null {
    return isLeftOut(this.#all[name]) ? null : compiled();
  }

  #fieldsOf(name: string): Fields {
    return fieldsOf(this.#all[name], `templates.${name}`);
  }
}
