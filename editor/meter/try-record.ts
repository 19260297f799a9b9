import { explain, pastedRecords } from '../../lib/usage/meter/explain';
import { readRules } from '../../lib/usage/meter/read-rules';
import { RuleBook } from '../../lib/usage/meter/rule';
import type { UsageRecord } from '../../lib/wap/types';
import { say } from '../red';
import { drawExplained, nameOf } from './explained';
import { ruleFault } from './rule-fault';

interface Place {
  /** Where the table keeps its rows. */
  field: JQuery;
  /** The dialog's property with WAP. */
  connection: string;
}

/** *Test with a record*, in `#wap-billing-meter-try`: a pasted record, or one that WAP has now, and what the rules in the
 *  dialog make of it. Nothing is sent to billing. */
export function tryRecord({ field, connection }: Place): void {
  const text = $('<textarea rows="6" spellcheck="false"/>').attr({
    'aria-label': say('meter.record'),
    placeholder: say('meter.paste'),
  });
  const note = $('<div class="wap-billing-meter-note" role="status"/>');
  const result = $('<div/>');
  const choice = $('<select/>').attr('aria-label', say('meter.ofWap')).hide();
  let isShown = false;

  const test = () => {
    isShown = true;
    note.empty();
    result.empty();
    const records = pastedRecords(String(text.val() ?? ''));
    if (!records) return void note.text(say('meter.noRecord'));
    try {
      const book = new RuleBook(readRules(JSON.parse(String(field.val() || '[]'))));
      const hasWindow = String($('#node-input-window').val() ?? 'none') !== 'none';
      result.append(records.map(record => drawExplained(record, explain(record, book))));
      if (hasWindow) note.text(say('meter.windowNote'));
    } catch (error) {
      note.text(ruleFault(error));
    }
  };
  const take = (record: UsageRecord) => {
    text.val(JSON.stringify(record, null, 2));
    test();
  };
  const ask = () => {
    note.text(say('meter.asking'));
    recordsOf(connection).then(
      records => {
        note.text(records.length > 0 ? '' : say('meter.none'));
        offer(choice, records, take);
      },
      (reason: string) => note.text(reason),
    );
  };
  field.add('#node-input-window').on('change', () => isShown && test());
  $('#wap-billing-meter-try')
    .empty()
    .append(
      $('<details/>').append(
        $('<summary/>').text(say('meter.try')),
        $('<div class="wap-billing-meter-buttons"/>').append(button('meter.fromWap', 'fa-download', ask), choice),
        text,
        $('<div class="wap-billing-meter-buttons"/>').append(button('meter.test', 'fa-play', test), note),
        result,
      ),
    );
}

function button(key: string, icon: string, go: () => void): JQuery {
  return $('<button type="button" class="red-ui-button"/>')
    .append($('<i/>').addClass(`fa ${icon}`), ' ', $('<span/>').text(say(key)))
    .on('click', go);
}

/** Fills the choice; the newest record is taken at once. */
function offer(choice: JQuery, records: UsageRecord[], take: (record: UsageRecord) => void): void {
  choice
    .empty()
    .off('change')
    .toggle(records.length > 0);
  for (const [index, record] of records.entries()) choice.append(new Option(nameOf(record), String(index)));
  const takeChosen = () => {
    const record = records[Number(choice.val())];
    if (record) take(record);
  };
  choice.on('change', takeChosen);
  takeChosen();
}

/** @throws a sentence for the user */
function recordsOf(connection: string): Promise<UsageRecord[]> {
  const id = String($(`#node-input-${connection}`).val() ?? '');
  return new Promise((resolve, reject) => {
    $.getJSON(`wap-billing/read/wap-connection/${encodeURIComponent(id)}/records`).then(
      (records: UsageRecord[]) => resolve(records),
      ({ status, responseJSON }: JQuery.jqXHR<{ text?: string }>) =>
        reject(status === 404 ? say('quotas.deployFirst') : (responseJSON?.text ?? say('quotas.noAnswer'))),
    );
  });
}
