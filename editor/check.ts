import { valueIn } from './form';
import { say } from './red';

export interface CheckedPart {
  part: string;
  /** `null`: there was nothing to try. */
  ok: boolean | null;
  /** What was found, as a key below `check.found`, … */
  found?: string;
  values?: Record<string, unknown>;
  /** … or why it failed. */
  text?: string;
}

export interface CheckAnswer {
  ok: boolean;
  text: string;
  parts?: CheckedPart[];
}

/** Test connection: sends what the dialog holds now, saved or not, and shows below the button what works and what does not. */
export function check(type: string, id: string): void {
  const button = $('#wap-billing-check');
  const result = $('#wap-billing-check-result');
  const show = ({ ok, text, parts }: CheckAnswer) => {
    button.prop('disabled', false);
    result.empty().append(parts ? parts.map(partLine) : partsLine(ok, text));
  };
  button.on('click', event => {
    event.preventDefault();
    button.prop('disabled', true);
    result.text(say('check.running'));
    askRuntime<CheckAnswer>('check', type, { id }).then(show);
  });
}

/** Asks the runtime with what the dialog of a configuration node holds now, saved or not; never rejects. */
export function askRuntime<T>(
  route: 'check' | 'try',
  type: string,
  { id, ...more }: { id: string; call?: string; key?: string },
): PromiseLike<T | { ok: false; text: string }> {
  const { defaults = {}, credentials = {} } = RED.nodes.getType(type) ?? {};
  const shown = { id, saved: read(Object.keys(defaults)), secrets: read(Object.keys(credentials)) };
  return $.ajax({
    url: `wap-billing/${route}/${type}`,
    method: 'POST',
    contentType: 'application/json',
    data: JSON.stringify({ ...shown, ...more }),
  }).then(
    (answer: T) => answer,
    ({ status }: { status: number }) =>
      $.Deferred().resolve({
        ok: false as const,
        text: status === 401 ? say('check.readOnly') : say('check.refused', { status }),
      }),
  );
}

/** One part, with what was found or why it failed. */
export function partLine({ part, ok, found, values, text }: CheckedPart): JQuery {
  return partsLine(ok, text ?? say(`check.found.${found}`, values), say(`check.part.${part}`));
}

/** What came of it is also said in words, for those who do not see the sign. */
export function partsLine(ok: boolean | null, text: string, about?: string): JQuery {
  const [look, icon, word] = ok === null ? (['open', 'minus', 'nothing'] as const) : ok ? goodLook : badLook;
  const sign = $('<i/>')
    .addClass(`fa fa-${icon}`)
    .attr({ role: 'img', 'aria-label': say(`check.${word}`) });
  const name = about === undefined ? $() : $('<b/>').text(about);
  return $('<div/>').addClass(`wap-billing-${look}`).append(sign, name, $('<span/>').text(text));
}

const goodLook = ['ok', 'check', 'works'] as const;
const badLook = ['failed', 'times', 'fails'] as const;

const read = (names: string[]): Record<string, unknown> =>
  Object.fromEntries(names.map(name => [name, valueIn($(`#node-config-input-${name}`))]));
