import { say } from '../red';
import type { Setting, SettingEditor } from './setting-editor';

interface Edition {
  displayName: string;
  [field: string]: unknown;
}

/** A row of the table: an edition that the plan has, or that the change names. */
interface Row {
  present?: Edition | undefined;
  change?: Edition | undefined;
}

/** Fields with a number; WAP keeps them as texts. Sizes are in MB. */
const numbers = ['resourceCount', 'resourceSize', 'resourceSizeLimit'];

/** What WAP's own portal gives a new edition, as far as is known; the id looks like a time of day. */
const preset = () => ({
  groupName: 'Default',
  resourceCount: '1',
  resourceSize: '512',
  resourceSizeLimit: '512',
  offerEditionId: newEditionId(new Date()),
  groupType: null,
});

export const editionServices = ['sqlservers', 'mysqlservers'];
export const editionsKey = 'Editions';

/** Whether a setting is a list of database editions. */
export function isEditions({ service, key, present, change }: Setting): boolean {
  if (!editionServices.includes(service.toLowerCase()) || key !== editionsKey) return false;
  return [present, change].every(text => !text || readEditions(text) !== null);
}

/** The editions of a database service: how many databases, and of what size. A number left empty stays as it is. */
export function editionsEditor({ present, change, changed }: Setting): SettingEditor {
  const rows = rowsOf(readEditions(present ?? '') ?? [], readEditions(change ?? '') ?? []);
  const body = $('<tbody/>');
  const draw = () => {
    body.empty();
    for (const row of rows) drawRow(row, draw, changed).appendTo(body);
  };
  const add = (edition: Edition) => () => {
    rows.push({ change: edition });
    draw();
    body.find('tr:last input:first').trigger('focus');
    changed();
  };
  const buttons = $('<div class="wap-billing-quota-buttons"/>');
  if (present === undefined) addButton('quotas.changeEdition', add({ displayName: 'Default' })).appendTo(buttons);
  addButton('quotas.newEdition', () => add({ displayName: freeName(rows), ...preset() })()).appendTo(buttons);
  draw();
  return { element: $('<div/>').append(tableOf(body), buttons), change: () => changeOf(rows) };
}

function tableOf(body: JQuery): JQuery {
  const head = ['edition', ...numbers].map(name => $('<th scope="col"/>').text(say(`quotas.${name}`)));
  return $('<table class="wap-billing-quota-table"/>').append($('<thead/>').append($('<tr/>').append(head)), body);
}

function drawRow(row: Row, draw: () => void, changed: () => void): JQuery {
  const name = row.present?.displayName ?? row.change?.displayName ?? '';
  const line = $('<tr/>');
  const put = (field: string, value: string) => {
    const { [field]: _old, ...rest } = row.change ?? { displayName: name };
    // A new edition is sent whole; of one that is there, an empty field stays as it is.
    row.change = { ...rest, displayName: row.change?.displayName ?? name, ...(value === '' ? {} : { [field]: value }) };
    changed();
  };
  const cell = (field: string, label: string) =>
    $('<td/>').append(
      $('<input type="text"/>')
        .attr({ 'aria-label': label, placeholder: textOf(row.present?.[field]) })
        .val(textOf(row.change?.[field]))
        .on('change input', event => put(field, String($(event.target).val() ?? '').trim())),
    );
  if (row.present) $('<th scope="row"/>').text(name).appendTo(line);
  else cell('displayName', say('quotas.edition')).appendTo(line);
  for (const field of numbers) {
    const input = cell(field, `${name}: ${say(`quotas.${field}`)}`)
      .appendTo(line)
      .find('input');
    input.attr('inputmode', 'numeric').on('change input', () => input.toggleClass('input-error', !isNumber(input)));
  }
  if (!row.present) removeCell(row, draw, changed).appendTo(line);
  return line;
}

function removeCell(row: Row, draw: () => void, changed: () => void): JQuery {
  const remove = () => {
    delete row.change;
    draw();
    changed();
  };
  return $('<td/>').append(
    $('<button type="button" class="red-ui-button red-ui-button-small"><i class="fa fa-remove"></i></button>')
      .attr({ title: say('table.remove'), 'aria-label': say('table.remove') })
      .on('click', remove),
  );
}

function changeOf(rows: Row[]): string | undefined {
  const changes = rows.flatMap(({ change }) => (change && Object.keys(change).length > 1 ? [change] : []));
  return changes.length > 0 ? JSON.stringify(changes) : undefined;
}

function rowsOf(present: Edition[], changes: Edition[]): Row[] {
  const isSame = (a: Edition, b: Edition) => a.displayName.toLowerCase() === b.displayName.toLowerCase();
  const known: Row[] = present.map(edition => ({
    present: edition,
    change: changes.find(change => isSame(change, edition)),
  }));
  const others = changes.filter(change => !present.some(edition => isSame(change, edition)));
  return [...known, ...others.map(change => ({ change }))];
}

function readEditions(text: string): Edition[] | null {
  if (text.trim() === '') return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every(isEdition) ? list : null;
  } catch {
    return null;
  }
}

const isEdition = (value: unknown): value is Edition =>
  typeof value === 'object' && value !== null && 'displayName' in value && typeof value.displayName === 'string';

function freeName(rows: Row[]): string {
  const names = new Set(rows.map(({ present, change }) => (present ?? change)?.displayName));
  for (let number = 1; ; number++) {
    const name = number === 1 ? 'Default' : `Default ${number}`;
    if (!names.has(name)) return name;
  }
}

/** As in WAP's samples: month, day, year and time of day, two digits each. */
function newEditionId(now: Date): string {
  const parts = [now.getMonth() + 1, now.getDate(), now.getFullYear() % 100];
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()];
  return [...parts, ...time].map(part => String(part).padStart(2, '0')).join('');
}

const isNumber = (input: JQuery): boolean => /^\d*$/.test(String(input.val() ?? '').trim());
const textOf = (value: unknown): string => (value === undefined || value === null ? '' : String(value));

function addButton(key: string, go: () => void): JQuery {
  return $('<button type="button" class="red-ui-button red-ui-button-small"/>')
    .append('<i class="fa fa-plus"></i> ', document.createTextNode(say(key)))
    .on('click', go);
}
