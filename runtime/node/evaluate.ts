import type { Node, NodeAPI, NodeMessage } from 'node-red';
import { AdapterError } from '../../lib/errors';
import type { Input, Inputs, Source, Values } from '../inputs';
import { expandEnv } from './env';
import { prepareGuarded } from './jsonata';

/** What the editor saved for a node: a value per field, and for typed fields their source as `<field>Type`. */
export type Saved = Record<string, unknown>;

/** Reads every field of a node for one message. @throws INPUT_MISSING, INPUT_INVALID naming the field. */
export async function evaluate<I extends Inputs>(
  RED: NodeAPI,
  node: Node,
  inputs: I,
  saved: Saved,
  msg?: NodeMessage,
): Promise<Values<I>> {
  const values: Record<string, unknown> = {};
  for (const [field, input] of Object.entries(inputs)) {
    const value = read(RED, node, field, input, saved, msg);
    values[field] = value instanceof Promise ? await value : value; // most are there at once
  }
  return values as Values<I>;
}

function read(
  RED: NodeAPI,
  node: Node,
  field: string,
  input: Input<unknown>,
  saved: Saved,
  msg?: NodeMessage,
): unknown {
  const source = sourceOf(field, input, saved);
  const { type, value } = source;
  // Nothing typed is nothing given: Node-RED would read 0 for a number, and fail for JSON.
  if (value === '' || type === undefined || type === 'str') {
    const text = typeof value === 'string' ? expandEnv(value, field, name => envOf(RED, node, name)) : value;
    return parsed(field, input, source, text);
  }
  return evaluateTyped(RED, node, field, value, type, msg).then(found => parsed(field, input, source, found));
}

/** Where a field gets its value, as it is saved. */
export interface Sourced {
  value: unknown;
  type?: Source | undefined;
}

/** Reads one field without a message. @throws INPUT_MISSING, INPUT_INVALID naming it */
export async function evaluateOne(RED: NodeAPI, node: Node, field: string, input: Input<unknown>, saved: Saved) {
  return read(RED, node, field, input, saved);
}

function parsed(field: string, input: Input<unknown>, source: Sourced, value: unknown): unknown {
  if (value !== undefined && value !== null && value !== '') return input.parse(value, field);
  if (input.empty) return input.empty.value;
  throw AdapterError.advising('INPUT_MISSING', `${field}: ${explainMissing(source.value, source.type)}`, {
    subject: field,
  });
}

export function sourceOf(field: string, input: Input<unknown>, saved: Saved): Sourced {
  if (saved[field] === undefined && input.fallback) return input.fallback;
  const type = saved[`${field}Type`];
  return { value: saved[field], type: typeof type === 'string' && type !== '' ? (type as Source) : undefined };
}

/** The value of an environment variable as Node-RED sees it for this node (flow and subflow included). */
export function envOf(RED: NodeAPI, node: Node, name: string): string | undefined {
  const value: unknown = RED.util.evaluateNodeProperty(name, 'env', node, {});
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function evaluateTyped(RED: NodeAPI, node: Node, field: string, value: unknown, type: Source, msg?: NodeMessage) {
  if (type === 'msg' && !msg) {
    throw new AdapterError('INPUT_INVALID', `${field}: there is no message to read msg.${String(value)} from.`, {
      subject: field,
    });
  }
  const refuse = (error: unknown) =>
    new AdapterError('INPUT_INVALID', `${field}: its ${type} value cannot be evaluated (${reasonOf(error)}).`, {
      subject: field,
    });
  return new Promise<unknown>((resolve, reject) => {
    const fail = (error: unknown) => {
      // `msg.wap.kind` of a message without `wap` is a value that is missing, not one that is wrong.
      if (type === 'msg' && error instanceof TypeError) resolve(undefined);
      else reject(refuse(error));
    };
    try {
      // The callback form is the only one that serves asynchronous context stores and JSONata.
      const text = String(value ?? '');
      const done = (error: unknown, result: unknown) => (error ? fail(error) : resolve(result));
      if (type === 'jsonata') RED.util.evaluateJSONataExpression(prepareGuarded(RED, text, node), msg ?? {}, done);
      else RED.util.evaluateNodeProperty(text, type, node, msg ?? {}, done);
    } catch (error) {
      fail(error); // json and bin throw at once, whatever the form
    }
  });
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : 'not readable');

function explainMissing(value: unknown, type: Source | undefined): string {
  if (type === 'msg' || type === 'flow' || type === 'global')
    return `${type}.${String(value)} holds nothing. Wire a node before this one that sets it, or choose another source in the dialog.`;
  if (type === 'env')
    return `the environment variable ${String(value)} is not set. Set it for Node-RED, or choose another source in the dialog.`;
  if (type === 'jsonata') return 'the expression gives nothing. Correct it in the dialog, or what it reads.';
  return 'no value was given. Fill it in the dialog.';
}
