import type { TriedCall } from '../lib/billing/tried-call';
import { askRuntime, partsLine } from './check';
import { say } from './red';

type Answer = { ok: true; tried: TriedCall } | { ok: false; text: string };

/** *Try* of one call: what would go out, and, of a call that only reads, what came back and what the templates make of it. */
export function tryButton(call: string, { type, id }: { type: string; id: string }): JQuery {
  const key = $('<input type="text"/>')
    .attr({ 'aria-label': say('try.key'), placeholder: say('try.key') })
    .val('sample-1');
  const button = $('<button type="button" class="red-ui-button red-ui-button-small"/>').text(say('try.try'));
  const result = $('<div class="wap-billing-tried" role="status"/>');
  button.on('click', () => {
    button.prop('disabled', true);
    result.text(say('check.running'));
    askRuntime<Answer>('try', type, { id, call, key: String(key.val() ?? '').trim() }).then(answer => {
      button.prop('disabled', false);
      result.empty().append(answer.ok ? lines(answer.tried) : [partsLine(false, answer.text)]);
    });
  });
  return $('<div class="wap-billing-try"/>').append(key, button, result);
}

function lines({ method, path, headers, body, answer, made, problem }: TriedCall): JQuery[] {
  const sent = [`${method} ${path}`, ...headerLines(headers), ...(body === null ? [] : ['', body])].join('\n');
  const request = part('try.request', sent);
  if (answer === null && problem === null) return [request, note('try.notSent')];
  const came = answer ? [`${answer.status}`, '', pretty(answer.body)].join('\n') : '';
  return [
    request,
    ...(answer ? [part('try.answer', came)] : []),
    ...(made === null ? [] : [part('try.made', pretty(made))]),
    partsLine(problem === null, problem ?? say('try.works')),
  ];
}

const headerLines = (headers: Record<string, string>) =>
  Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
const pretty = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));
const note = (key: string): JQuery => $('<div class="wap-billing-note"/>').text(say(key));
const part = (key: string, text: string): JQuery =>
  $('<div/>').append($('<b/>').text(say(key)), $('<pre tabindex="0"/>').text(text));
