import type { FieldChange, ImportPreview, LineOutcome, PreviewLine } from '../../../lib/desk/mapping-import';
import { say } from '../../red';
import { act } from '../client';
import { actButton } from '../widgets/act-button';
import { count } from '../widgets/format';
import { button, failure, note } from '../widgets/note';
import type { MappingView } from './entry';
import { kindText } from './words';

/** Node-RED takes 5 MB at a time, and base64 needs a third more than the file. */
const mostBytes = 3_500_000;

const outcomes: readonly LineOutcome[] = ['bad', 'added', 'changed', 'removed', 'same', 'unfilled'];

/** Chooses a file, shows what its import would do line by line, and does it. */
export function importPart(view: MappingView, close: () => void): JQuery {
  const chooser = $('<input type="file" accept=".csv,.txt,.tsv,.json" id="wap-billing-desk-file"/>');
  const mode = $('<select data-part="mode"/>').attr('aria-label', say('desk.mapping.import.mode'));
  for (const word of ['merge', 'overwrite', 'replace-all'])
    mode.append(new Option(say(`desk.mapping.import.modes.${word}`), word));
  const shown = $('<div aria-live="polite"/>');
  let asked = 0;

  const look = async () => {
    const [file] = (chooser[0] as HTMLInputElement).files ?? [];
    if (!file) return;
    asked += 1;
    const mine = asked;
    shown.empty().append(note(say('desk.mapping.import.reading', { name: file.name })));
    try {
      if (file.size > mostBytes) throw new Error(say('desk.mapping.import.tooLarge'));
      const form = { ...view.scope, mode: String(mode.val()), file: await base64Of(file) };
      const preview = await act<ImportPreview>(view.state, 'previewMapping', form);
      if (mine === asked) shown.empty().append(previewOf(preview, applyButton(preview, form)));
    } catch (error) {
      if (mine === asked) shown.empty().append(failure(error));
    }
  };

  const applyButton = ({ counts }: ImportPreview, form: Record<string, unknown>) => {
    const { added, changed, removed, bad } = counts;
    const changes = added + changed + removed;
    return actButton({
      text: say('desk.mapping.import.apply', { count: count(changes) }),
      icon: 'fa-check',
      unless:
        bad > 0
          ? say('desk.mapping.import.bad', { count: count(bad) })
          : changes === 0
            ? say('desk.mapping.import.nothing')
            : undefined,
      ...(removed > 0 ? { question: () => removalQuestion(removed) } : {}),
      go: async () => {
        await act(view.state, 'importMapping', { ...form, added, changed, removed });
        close();
        view.changed();
        return say('desk.mapping.import.done', { count: count(changes) });
      },
    });
  };

  chooser.on('change', () => void look());
  mode.on('change', () => void look());
  return $('<div class="wap-billing-desk-import"/>').append(
    $('<label for="wap-billing-desk-file"/>').text(say('desk.mapping.import.choose')),
    $('<div class="wap-billing-desk-filter"/>').append(chooser, mode),
    $('<p class="wap-billing-desk-hint"/>').text(say('desk.mapping.import.hint')),
    shown,
    $('<div class="wap-billing-desk-acts"/>').append(button(say('desk.cancel'), null, close)),
  );
}

const removalQuestion = (removed: number) => ({
  text: say('desk.mapping.import.removes', { count: count(removed) }),
  details: [say('desk.mapping.removeDetail')],
  go: say('desk.mapping.import.goOn'),
});

function previewOf({ encoding, counts, lines, ignoredColumns }: ImportPreview, apply: JQuery): JQuery {
  const sums = outcomes.filter(outcome => counts[outcome] > 0);
  const words = sums.map(outcome => `${say(`desk.mapping.outcome.${outcome}`)}: ${count(counts[outcome])}`);
  const total = sums.reduce((sum, outcome) => sum + counts[outcome], 0);
  const more = [
    say('desk.mapping.import.encoding', { encoding }),
    ...(ignoredColumns.length > 0 ? [say('desk.mapping.import.ignored', { columns: ignoredColumns.join(', ') })] : []),
    ...(total > lines.length ? [say('desk.mapping.firstOf', { shown: count(lines.length), count: count(total) })] : []),
  ];
  return $('<div/>').append(
    $('<p class="wap-billing-desk-sums"/>').text(words.join(' · ')),
    $('<p class="wap-billing-desk-hint"/>').text(more.join(' · ')),
    $('<div class="wap-billing-desk-acts"/>').append(apply),
    tableOf(lines),
  );
}

function tableOf(lines: PreviewLine[]): JQuery {
  const title = (name: string) => say(`desk.mapping.import.${name}`);
  const heads = ['line', 'what', 'entry', 'change'].map(name => $('<th scope="col"/>').text(title(name)));
  const rows = lines.map(each => {
    const entry = [each.kind === null ? null : kindText(each.kind), each.wapId].filter(Boolean).join(' ');
    const cell = (name: string, text: string) => $('<td/>').attr('data-title', title(name)).text(text);
    return $('<tr/>')
      .attr('data-outcome', each.outcome)
      .append(
        cell('line', each.line === null ? '–' : String(each.line)),
        cell('what', say(`desk.mapping.outcome.${each.outcome}`)),
        cell('entry', entry),
        cell('change', each.problem ?? each.changes.map(changeText).join(' · ')),
      );
  });
  return $('<table class="wap-billing-desk-list"/>')
    .attr('aria-label', say('desk.mapping.import.preview'))
    .append($('<thead/>').append($('<tr/>').append(heads)), $('<tbody/>').append(rows));
}

function changeText({ field, from, to }: FieldChange): string {
  const named = field === 'billingId' ? '' : `${say(`desk.mapping.field.${field}`)}: `;
  const nothing = say('desk.mapping.nothing');
  return named + (from === null ? (to ?? nothing) : `${from} → ${to ?? nothing}`);
}

async function base64Of(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
