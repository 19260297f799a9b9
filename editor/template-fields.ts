import { decodes, encodes, methods } from '../lib/billing/rest/choices';

/** One field of a template as the dialog shows it: how its value becomes a text, and how the text is read back.
 *  What cannot be read is kept as typed, so that the runtime says what is wrong with it. */
export interface TemplateField {
  name: string;
  /** Key of the text beside it. */
  label: string;
  look: 'choice' | 'line' | 'lines' | 'expression';
  /** Of a choice; the empty one leaves the field out. */
  words?: readonly string[];
  /** Shown while it is empty; the same in every language. */
  hint?: string;
  toText(value: unknown): string;
  /** `undefined`: left out. */
  fromText(text: string): unknown;
}

/** What belongs together in the dialog: one operation, or (`top`) what all operations share. */
export interface TemplateSection {
  name: string;
  label: string;
  /** A billing system may lack it. */
  optional?: boolean;
  top?: boolean;
  fields: TemplateField[];
}

const plain = {
  toText: (value: unknown) => (value === undefined || value === null ? '' : String(value)),
  fromText: (text: string) => (text.trim() === '' ? undefined : text.trim()),
};

const count = {
  toText: plain.toText,
  fromText: (text: string) => (text.trim() === '' ? undefined : asNumber(text)),
};

/** `409, 422` */
const statuses = {
  toText: (value: unknown) => (Array.isArray(value) ? value.join(', ') : plain.toText(value)),
  fromText: (text: string) => {
    const words = text.split(/[\s,]+/).filter(word => word !== '');
    return words.length === 0 ? undefined : words.map(asNumber);
  },
};

/** Statuses, or an expression: `$status = 400 and code = 7`. What begins like a list is one, so that a slip in it is told. */
const told = {
  toText: statuses.toText,
  fromText: (text: string) =>
    /^[\s,]*\d{3}\b(?!\s*[=<>!])/.test(text) ? statuses.fromText(text) : plain.fromText(text),
};

/** One `name: value` a line. */
const pairs = {
  toText: (value: unknown) =>
    typeof value === 'object' && value !== null
      ? Object.entries(value)
          .map(([name, text]) => `${name}: ${text}`)
          .join('\n')
      : '',
  fromText: (text: string) => {
    const lines = text.split('\n').filter(line => line.trim() !== '');
    return lines.length === 0 ? undefined : Object.fromEntries(lines.map(asPair));
  },
};

const method: TemplateField = { name: 'method', label: 'templates.method', look: 'choice', words: methods, ...plain };
const path: TemplateField = { name: 'path', label: 'templates.path', look: 'line', hint: '/offers/{key}', ...plain };
const query: TemplateField = { name: 'query', label: 'templates.query', look: 'lines', hint: 'key: {key}', ...pairs };
const headers: TemplateField = {
  ...{ name: 'headers', label: 'templates.headers', look: 'lines', hint: 'X-Tenant: wap' },
  ...pairs,
};
const body: TemplateField = {
  ...{ name: 'body', label: 'templates.body', look: 'expression', hint: '{ "key": key }' },
  ...plain,
};
const encode: TemplateField = {
  ...{ name: 'encode', label: 'templates.encode', look: 'choice', words: ['', ...encodes] },
  ...plain,
};
const decode: TemplateField = {
  ...{ name: 'decode', label: 'templates.decode', look: 'choice', words: ['', ...decodes] },
  ...plain,
};
/** What is a list of objects has no fields of its own; who writes it has read its page of the documents. */
const json = {
  toText: (value: unknown) => (value === undefined || value === null ? '' : JSON.stringify(value, null, 1)),
  fromText: (text: string) => (text.trim() === '' ? undefined : parsed(text)),
};
const before: TemplateField = { name: 'before', label: 'templates.before', look: 'lines', ...json };
const sent = [body, encode, before];
const answer: TemplateField = { name: 'answer', label: 'templates.answer', look: 'expression', ...plain };
const error: TemplateField = {
  ...{ name: 'error', label: 'templates.error', look: 'expression', hint: 'result = "error" ? message' },
  ...plain,
};
const absent: TemplateField = {
  ...{ name: 'absent', label: 'templates.absent', look: 'expression', hint: '$status in [404, 410]' },
  ...plain,
};
const call = [method, path, query, headers, decode];
const create: TemplateField[] = [
  { name: 'exists', label: 'templates.exists', look: 'line', hint: '409', ...told },
  { name: 'existing', label: 'templates.existing', look: 'expression', hint: 'offer', ...plain },
];
const paging: TemplateField[] = [
  { name: 'items', label: 'templates.items', look: 'expression', hint: '$', ...plain },
  { name: 'pageSize', label: 'templates.pageSize', look: 'line', ...count },
  { name: 'firstPage', label: 'templates.firstPage', look: 'line', hint: '1', ...count },
  { name: 'next', label: 'templates.next', look: 'expression', ...plain },
];
const billed: TemplateField = { ...answer, label: 'templates.subscriptionAnswer' };
const ofSubscription = (name: string, ...more: TemplateField[]): TemplateSection => ({
  ...{ name, label: `templates.${name}`, optional: true },
  fields: [...call, ...more, error],
});

/** In the order of the dialog. */
export const sections: TemplateSection[] = [
  {
    ...{ name: 'common', label: 'templates.common', top: true },
    fields: [
      answer,
      error,
      { name: 'states', label: 'templates.states', look: 'lines', hint: 'live: active', ...pairs },
      { name: 'same', label: 'templates.same', look: 'expression', hint: 'found.name = sent.name', ...plain },
      { ...billed, name: 'subscriptionAnswer' },
      {
        ...{ name: 'subscriptionStates', label: 'templates.subscriptionStates' },
        look: 'lines',
        hint: 'on: active',
        ...pairs,
      },
    ],
  },
  {
    ...{ name: 'create', label: 'templates.create' },
    fields: [...call, ...sent, answer, error, ...create],
  },
  { name: 'read', label: 'templates.read', fields: [...call, answer, error, absent] },
  {
    ...{ name: 'list', label: 'templates.list', optional: true },
    fields: [...call, answer, error, ...paging],
  },
  { name: 'publish', label: 'templates.publish', optional: true, fields: [...call, ...sent, answer, error] },
  { name: 'retire', label: 'templates.retire', optional: true, fields: [...call, ...sent, answer, error] },
  { name: 'check', label: 'templates.check', fields: [...call, error] },
  ofSubscription('subscriptionCreate', ...sent, billed, ...create),
  ofSubscription('subscriptionRead', billed, absent),
  ofSubscription('subscriptionPlan', ...sent, billed),
  ofSubscription('subscriptionSuspend', ...sent, billed),
  ofSubscription('subscriptionResume', ...sent, billed),
  ofSubscription('subscriptionCancel', ...sent, billed),
  ofSubscription('subscriptionList', billed, ...paging),
  {
    ...{ name: 'usage', label: 'templates.usage', optional: true },
    fields: [
      ...[...call, body, encode],
      { ...answer, label: 'templates.judge', hint: 'results.{ "id": id, "outcome": status }' },
      error,
      { name: 'outcomes', label: 'templates.outcomes', look: 'lines', hint: 'accepted: delivered', ...pairs },
      { name: 'judged', label: 'templates.judged', look: 'line', hint: '422', ...statuses },
      { name: 'known', label: 'templates.known', look: 'line', hint: '409', ...told },
      { name: 'batch', label: 'templates.batch', look: 'line', hint: '1', ...count },
      { name: 'groupBy', label: 'templates.groupBy', look: 'choice', words: ['', 'subscription'], ...plain },
      { name: 'callsPerSecond', label: 'templates.callsPerSecond', look: 'line', ...count },
      { name: 'maxAgeDays', label: 'templates.maxAgeDays', look: 'line', ...count },
      { name: 'dedupeHours', label: 'templates.dedupeHours', look: 'line', ...count },
      { name: 'maxKeyLength', label: 'templates.maxKeyLength', look: 'line', hint: '100', ...count },
      { name: 'meter', label: 'templates.meter', look: 'lines', ...json },
    ],
  },
];

function asNumber(text: string): number | string {
  const number = Number(text);
  return Number.isFinite(number) ? number : text.trim();
}

/** What is no JSON is kept as typed. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function asPair(line: string): [string, string] {
  const colon = line.indexOf(':');
  return colon < 0 ? [line.trim(), ''] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}
