import { say } from '../../red';
import { fetchTable } from '../client';
import { actButton } from './act-button';

/** A button that saves a table of the desk as a file, with the filter that is shown. `most`: what is said of a file with so many
 *  lines, because it may not have all. */
export function csvButton(
  state: string,
  table: string,
  query: () => Record<string, string>,
  most?: { lines: number; text: string },
): JQuery {
  return actButton({
    text: say('desk.csv'),
    icon: 'fa-download',
    go: async () => {
      const text = await fetchTable(state, table, query());
      save(`${table}.csv`, text);
      return most && text.split('\r\n').length > most.lines ? most.text : null;
    },
  });
}

function save(name: string, text: string): void {
  // Excel reads UTF-8 only with this mark.
  const url = URL.createObjectURL(new Blob(['\uFEFF', text], { type: 'text/csv' }));
  const link = $('<a/>').attr({ href: url, download: name }).appendTo(document.body);
  link[0]?.click();
  link.remove();
  URL.revokeObjectURL(url);
}
