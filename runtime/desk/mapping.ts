import { mappingChanges, mappingEntries, mappingLines, mappingPlaces } from '../../lib/desk/mapping';
import { applyImport, type ImportFile, previewImport } from '../../lib/desk/mapping-import';
import { unmappedOf } from '../../lib/desk/mapping-unmapped';
import { AdapterError, shapeOf } from '../../lib/errors';
import { mappingColumns } from '../../lib/mapping/file';
import { Mapping, type MappingMatch, type MappingScope } from '../../lib/mapping/mapping';
import { hint } from '../hints';
import { through } from '../routes/choices-route';
import { type Desk, type DeskPart, type Done, limitIn, type Query, textIn } from './desk';
import { pairOf, scopesOf } from './mapping-pairs';

type Form = Record<string, unknown>;

/** Which id of WAP is which in billing: seen, changed, imported, exported. */
export const mappingPart: DeskPart = {
  questions: {
    mappingPlaces: async ({ store, pairs }) => mappingPlaces(store, await scopesOf(pairs)),
    mapping: ({ store }, query) =>
      mappingEntries(store, scopeIn(query), matchIn(query), query('after'), limitIn(query)),
    mappingChanges: ({ store, clock }, query) =>
      mappingChanges(store, clock, scopeIn(query), { kind: query('kind') ?? '', wapId: query('wapId') ?? '' }),
    unmapped,
  },
  acts: { putMapping, removeMapping, previewMapping, importMapping },
  tables: {
    mapping: ({ store }, query) => ({
      columns: mappingColumns,
      rows: mappingLines(store, scopeIn(query), matchIn(query)),
    }),
  },
};

/** `wap: false` where no node of the deployed flows leads to the WAP of this mapping. */
async function unmapped({ store, pairs, clock, signal }: Desk, query: Query) {
  const scope = scopeIn(query);
  const pair = await pairOf(pairs, scope);
  if (!pair) return { wap: false, rows: [], isAll: true };
  const found = await through(pair.wap, wap => unmappedOf(store, wap, scope, { signal, now: () => clock.now() }));
  return { wap: true, ...found };
}

async function putMapping({ store, clock, who }: Desk, form: Form): Promise<Done> {
  const mapping = new Mapping(store, clock, scopeOf(form));
  const ids = { kind: textIn(form, 'kind'), wapId: textIn(form, 'wapId'), billingId: textIn(form, 'billingId') };
  const texts = { name: String(form.name ?? '').trim(), note: String(form.note ?? '').trim() };
  const { entry, outcome } = await mapping.store.transaction(tx =>
    mapping.put(tx, { ...ids, ...texts }, { by: byOf(who), replace: form.replace === true }),
  );
  if (outcome === 'same') return { answer: { outcome }, noted: null };
  hint('mapping');
  return {
    answer: { outcome },
    noted: { subject: `${entry.kind} ${entry.wapId} ↔ ${entry.billingId}`, count: 1 },
  };
}

async function removeMapping({ store, clock, who }: Desk, form: Form): Promise<Done> {
  const mapping = new Mapping(store, clock, scopeOf(form));
  const gone = await mapping.store.transaction(tx =>
    mapping.remove(tx, textIn(form, 'kind'), textIn(form, 'wapId'), byOf(who)),
  );
  hint('mapping');
  return { answer: {}, noted: { subject: `${gone.kind} ${gone.wapId} ↔ ${gone.billingId}`, count: 1 } };
}

async function previewMapping({ store, clock }: Desk, form: Form): Promise<Done> {
  return { answer: await previewImport(store, clock, scopeOf(form), fileIn(form)), noted: null };
}

async function importMapping({ store, clock, who }: Desk, form: Form): Promise<Done> {
  const scope = scopeOf(form);
  const count = (name: string) => Number(form[name] ?? 0);
  const expected = { added: count('added'), changed: count('changed'), removed: count('removed') };
  const result = await applyImport(store, clock, scope, fileIn(form), { by: byOf(who), expected });
  hint('mapping');
  const done = result.added + result.changed + result.removed;
  const subject = `${scope.installation} ↔ ${scope.target}`;
  return { answer: result, noted: done > 0 ? { subject, count: done } : null };
}

/** Who it was, for the history of an entry. */
const byOf = (who: string): string => who || 'WAP billing';

const scopeOf = (form: Form): MappingScope => ({
  installation: textIn(form, 'installation'),
  target: textIn(form, 'target'),
});

const scopeIn = (query: Query): MappingScope =>
  scopeOf({ installation: query('installation'), target: query('target') });

function matchIn(query: Query): MappingMatch {
  const [kind, text] = [query('kind'), query('text')];
  return { ...(kind === undefined ? {} : { kind }), ...(text === undefined ? {} : { text }) };
}

const modes = ['merge', 'overwrite', 'replace-all'] as const;

/** The bytes of the file come in base64, because what encoding they have is found out here. */
function fileIn({ file, mode }: Form): ImportFile {
  const known = modes.find(each => each === mode);
  if (typeof file === 'string' && known) return { bytes: Buffer.from(file, 'base64'), mode: known };
  const [field, value] = known ? ['file', file] : ['mode', mode];
  throw new AdapterError('INPUT_INVALID', `${field}: this cannot be used (${shapeOf(value)}).`, { subject: field });
}
