import type { MappingChange, MappingEntry, MappingPlace } from '../../../lib/desk/mapping';
import { say } from '../../red';
import { act, ask } from '../client';
import { actButton } from '../widgets/act-button';
import { formBox } from '../widgets/form-box';
import { moment } from '../widgets/format';
import { button, failure, note } from '../widgets/note';
import { offered } from './offered';
import { kindText, kindWords } from './words';

/** Whose ids are looked at, and where. */
export interface MappingView {
  state: string;
  scope: { installation: string; target: string };
  through: MappingPlace['through'];
  mayAct: boolean;
  /** Something was changed. */
  changed(): void;
}

export const entryKey = ({ kind, wapId }: Pick<MappingEntry, 'kind' | 'wapId'>): string => `${kind} ${wapId}`;

/** A form that adds an entry, or changes one: then its kind and WAP id stay. */
export function entryForm(
  { state, scope, through, changed }: MappingView,
  known: { kind?: string; wapId?: string; name?: string | null; note?: string | null; billingId?: string },
): void {
  const isFixed = known.wapId !== undefined;
  const word = (field: string) => say(`desk.mapping.field.${field}`);
  const kind = known.kind ?? 'subscription';
  const kinds = { [kind]: kindText(kind), ...kindWords() };
  const suggest = (side: 'wap' | 'billing') => (text: string, held: (name: string) => string) =>
    offered(through, side, held('kind'), text);
  formBox({
    title: known.billingId === undefined ? say('desk.mapping.add') : say('desk.mapping.edit'),
    go: say('desk.mapping.save'),
    fields: [
      { name: 'kind', label: word('kind'), value: kind, words: Object.entries(kinds), isFixed },
      { name: 'wapId', label: word('wapId'), value: known.wapId ?? '', isFixed, suggest: suggest('wap') },
      { name: 'billingId', label: word('billingId'), value: known.billingId ?? '', suggest: suggest('billing') },
      { name: 'name', label: word('name'), value: known.name ?? '' },
      { name: 'note', label: word('note'), value: known.note ?? '', isLong: true },
      { name: 'replace', label: say('desk.mapping.replace'), isTick: true },
    ],
    save: async values => {
      await act(state, 'putMapping', { ...scope, ...values });
      changed();
    },
  });
}

/** What is known of an entry, what can be done with it, and what became of it. `histories` holds what was asked for, by entry: it
 *  stays, and so does an answer on its way, when the list is drawn anew. */
export function entryDetails(view: MappingView, entry: MappingEntry, histories: Map<string, JQuery>): JQuery {
  const { state, scope, mayAct, changed } = view;
  const { kind, wapId } = entry;
  const unless = mayAct ? undefined : say('desk.reader');
  const acts = $('<div class="wap-billing-desk-acts"/>').append(
    actButton({
      ...{ text: say('desk.mapping.edit'), icon: 'fa-pencil', unless },
      go: async () => {
        entryForm(view, entry);
        return null;
      },
    }),
    actButton({
      ...{ text: say('desk.mapping.remove'), icon: 'fa-trash', unless },
      question: () => ({
        text: say('desk.mapping.removeQuestion', { kind: kindText(kind), wapId, billingId: entry.billingId }),
        details: [say('desk.mapping.removeDetail')],
        go: say('desk.mapping.remove'),
      }),
      go: async () => {
        await act(state, 'removeMapping', { ...scope, kind, wapId });
        changed();
        return say('desk.mapping.removed', { wapId });
      },
    }),
  );
  const history = histories.get(entryKey(entry)) ?? $('<div/>');
  const look = () => {
    histories.set(entryKey(entry), history);
    ask<MappingChange[]>(state, 'mappingChanges', { ...scope, kind, wapId }).then(
      changes => history.empty().append(changes.length > 0 ? historyOf(changes) : note(say('desk.mapping.noHistory'))),
      error => history.empty().append(failure(error)),
    );
  };
  const past = button(say('desk.mapping.history'), 'fa-history', look);
  if (histories.has(entryKey(entry))) look(); // what was changed since belongs to it
  const words = [entry.note, say('desk.mapping.changedAt', { at: moment(entry.updatedAt) })].filter(Boolean);
  return $('<div/>').append($('<div/>').text(words.join(' · ')), acts.append(past), history);
}

function historyOf(changes: MappingChange[]): JQuery {
  return $('<ul class="wap-billing-desk-history"/>').append(
    changes.map(({ at, by, before, after }) => {
      const from = before?.billingId ?? say('desk.mapping.nothing');
      const to = after?.billingId ?? say('desk.mapping.nothing');
      const what = from === to ? (after?.name ?? to) : `${from} → ${to}`;
      return $('<li/>').text(`${moment(at)} · ${by} · ${what}`);
    }),
  );
}
