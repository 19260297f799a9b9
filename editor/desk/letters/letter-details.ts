import type { LetterRecord } from '../../../lib/desk/dead-letters';
import type { Letter } from '../../../lib/desk/letter';
import { say } from '../../red';
import { ask } from '../client';
import { exactMoment } from '../widgets/format';
import { failure, note } from '../widgets/note';
import { feedName, kindName } from './filter';

/** All that is known of one letter, with the record as WAP sent it. */
export function letterDetails(state: string, letter: Letter): JQuery {
  const { tenant, reader, replay, eventId, feed, installation, kind, since } = letter;
  const facts: Array<[string, string | null]> = [
    ['kindLabel', kindName(kind)],
    ['subscription', tenant?.name ?? null],
    ['account', tenant?.account ?? null],
    ['subscriptionId', tenant?.subscriptionId ?? null],
    ['event', `${feedName(feed)} #${eventId}`],
    ['reader', [reader, installation].filter(Boolean).join(' · ')],
    ['replay', replay],
    ['since', exactMoment(since)],
    ['reason', letter.reason || null],
  ];
  const list = $('<dl class="wap-billing-desk-facts"/>').append(
    facts.flatMap(([name, text]) =>
      text === null ? [] : [$('<dt/>').text(say(`desk.letters.${name}`)), $('<dd/>').text(text)],
    ),
  );
  const record = $('<div/>').append(note(say('desk.reading')));
  void ask<LetterRecord | null>(state, 'letterRecord', { key: JSON.stringify(letter.key) }).then(
    found => record.empty().append(found ? bodies(found) : note(say('desk.letters.gone'))),
    error => record.empty().append(failure(error)),
  );
  return $('<div/>').append(list, record);
}

function bodies({ body, first }: LetterRecord): JQuery[] {
  const both = first === null ? [] : [titled('desk.letters.first', first)];
  return [...both, titled(first === null ? 'desk.letters.record' : 'desk.letters.second', body)];
}

const titled = (key: string, text: string): JQuery =>
  $('<div/>').append(
    $('<div class="wap-billing-desk-small"/>').text(say(key)),
    $('<pre class="wap-billing-desk-record" tabindex="0"/>').text(text).attr('aria-label', say(key)),
  );
