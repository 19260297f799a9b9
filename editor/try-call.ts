import { partsLine, shownBy } from './check';
import { say } from './red';

/** As `TriedCall` of the runtime. */
interface Tried {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
  answer: { status: number; headers: Record<string, string>; body: unknown } | null;
  made: unknown;
  problem: string | null;
}
type Answer = { ok: true; tried: Tried } | { ok: false; text: string };

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
    $.ajax({
      url: `wap-billing/try/${type}`,
      method: 'POST',
      contentType: 'application/json',
      data: JSON.stringify({ ...shownBy(type, id), call, key: String(key.val() ?? '').trim() }),
    })
      .then(
        (answer: Answer) => (answer.ok ? lines(answer.tried) : [partsLine(false, answer.text)]),
        ({ status }: { status: number }) => [
          partsLine(false, say(status === 401 ? 'check.readOnly' : 'check.refused', { status })),
        ],
      )
      .then((shown: JQuery[]) => {
        button.prop('disabled', false);
        result.empty().append(shown);
      });
  });
  return $('<div class="wap-billing-try"/>').append(key, button, result);
}

function lines({ method, path, headers, body, answer, made, problem }: Tried): JQuery[] {
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
