import { say } from '../red';
import type { Setting, SettingEditor } from './setting-editor';
import { parse } from './vm-limits';

/** A setting whose form is not known: its text as WAP keeps it, looked at for JSON and XML that cannot be read. */
export function rawEditor({ key, present, change, changed }: Setting): SettingEditor {
  const box = $('<textarea rows="3" spellcheck="false"/>')
    .attr({ 'aria-label': key, placeholder: say('quotas.unchanged') })
    .val(change ?? '');
  const wrong = $('<div class="wap-billing-quota-wrong" role="alert"/>');
  const look = () => {
    const key = faultOf(textIn(box));
    wrong.text(key === null ? '' : say(key)).toggle(key !== null);
    box.toggleClass('input-error', key !== null);
  };
  box.on('change input', () => {
    look();
    changed();
  });
  look();
  const element = $('<div/>').append(box, wrong);
  if (present !== undefined) presentOf(present, box).appendTo(element);
  return { element, change: () => textIn(box) || undefined };
}

/** What the plan has now, to be read and taken over. */
function presentOf(present: string, box: JQuery): JQuery {
  const take = $('<button type="button" class="red-ui-button red-ui-button-small"/>')
    .text(say('quotas.takeOver'))
    .on('click', () => box.val(present).trigger('change').trigger('focus'));
  return $('<details/>').append(
    $('<summary/>').text(say('quotas.present')),
    $('<pre class="wap-billing-quota-present"/>').text(present),
    take,
  );
}

const textIn = (box: JQuery): string => String(box.val() ?? '').trim();

/** The key of what is wrong with a text that looks like JSON or XML; `null` when nothing is. */
function faultOf(text: string): string | null {
  if (/^\s*</.test(text)) return parse(text) ? null : 'quotas.badXml';
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    JSON.parse(text);
    return null;
  } catch {
    return 'quotas.badJson';
  }
}
