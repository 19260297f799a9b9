import { say } from './red';

interface CheckAnswer {
  ok: boolean;
  text: string;
}

/** Test connection: sends what the dialog holds now, saved or not, and shows the answer beside the button.
 *  `properties` and `secrets` are the names of the dialog's fields. */
export function check(type: string, id: string, properties: string[], secrets: string[]): void {
  const button = $('#wap-billing-check');
  const result = $('#wap-billing-check-result');
  button.on('click', event => {
    event.preventDefault();
    button.prop('disabled', true);
    result.text(say('check.running')).removeClass('wap-billing-ok wap-billing-failed');
    const show = ({ ok, text }: CheckAnswer) => {
      button.prop('disabled', false);
      result.text(text).addClass(ok ? 'wap-billing-ok' : 'wap-billing-failed');
    };
    $.ajax({
      url: `wap-billing/check/${type}`,
      method: 'POST',
      contentType: 'application/json',
      data: JSON.stringify({ id, saved: read(properties), secrets: read(secrets) }),
    }).then(
      (answer: CheckAnswer) => show(answer),
      ({ status }: { status: number }) =>
        show({ ok: false, text: status === 401 ? say('check.readOnly') : say('check.refused', { status }) }),
    );
  });
}

/** What the editor's select of a configuration node holds when none is chosen. */
const noneChosen = '_ADD_';

function read(names: string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.map(name => {
      const field = $(`#node-config-input-${name}`);
      if (field.is(':checkbox')) return [name, field.prop('checked')];
      const value = field.val();
      return [name, value === noneChosen ? '' : value];
    }),
  );
}
