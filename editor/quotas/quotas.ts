import { everywhere } from '../fields';
import { say } from '../red';
import type { Search } from '../suggest';
import { columnOf } from '../table';
import { drawQuotas, type PresentService } from './form';

/** The types of the field: the form below, or a value from elsewhere. */
const here = () => ({ value: 'json', label: say('quotas.here'), hasValue: false });

/** What the form asks of the dialog it stands in. */
interface Given {
  /** The dialog's property with the connection, which has to be deployed to be asked. */
  connection: string;
  /** Suggestions of plans or add-ons, as for the id. */
  suggest: Search;
  /** The kinds that the plan shown can be of, the likelier first. */
  kinds(): string[];
  /** The dialog's table of services, each of which has a part in the form. */
  services: string;
}

/** Quotas as fields, in `#wap-billing-quotas`: what a plan has now beside what shall change. The change is kept as JSON
 *  text in `#node-input-<name>`, which may instead come from another source; then the typed field is shown. */
export function quotas(name: string, { connection, suggest, kinds, services }: Given): void {
  const field = $(`#node-input-${name}`);
  field.typedInput('types', [here(), ...everywhere]);
  const form = $('#wap-billing-quotas');
  const state: { present: PresentService[] } = { present: [] };
  const note = $('<div class="wap-billing-quota-note" role="status"/>');
  const body = $('<div/>');

  const draw = () => {
    const saved = String(field.typedInput('value') ?? '');
    const isShown = drawQuotas(body, {
      ...{ saved, present: state.present, others: columnOf(services, 'name') },
      changed: text => void field.typedInput('value', text),
    });
    if (!isShown) note.text(say('quotas.unreadable'));
  };
  const show = (plan: string) => {
    note.text(say('quotas.asking'));
    presentOf(connection, plan, kinds()).then(
      present => {
        state.present = present;
        note.text(present.length > 0 ? say('quotas.shown') : say('quotas.none'));
        draw();
      },
      (reason: string) => note.text(reason),
    );
  };
  let source = '';
  const choose = () => {
    const chosen = String(field.typedInput('type'));
    if (chosen === source) return; // drawn anew at every key, the field typed in would lose the focus
    source = chosen;
    form.toggle(chosen === 'json');
    if (chosen === 'json') draw();
  };
  field.on('change', choose);
  let named = '';
  $(`#node-input-${services}`).on('change', () => {
    const names = columnOf(services, 'name').join();
    if (names !== named && source === 'json') draw();
    named = names;
  });
  form.empty().append(planRow(suggest, show), note, body);
  choose();
  const plan = likelyPlan();
  if (plan !== '') show(plan);
}

function planRow(suggest: Search, show: (plan: string) => void): JQuery {
  const input = $('<input type="text" id="wap-billing-quotas-plan"/>').attr('placeholder', say('quotas.plan'));
  input.val(likelyPlan()).autoComplete({ search: suggest, minLength: 0 });
  const go = () => show(String(input.val() ?? '').trim());
  input.on('change', go);
  const button = $('<button type="button" class="red-ui-button"/>').text(say('quotas.show')).on('click', go);
  const label = $('<label for="wap-billing-quotas-plan"/>').text(say('quotas.showPlan'));
  return $('<div class="wap-billing-quota-buttons"/>').append(label, input, button);
}

/** The plan that the dialog names itself, where it is no value of a message. */
function likelyPlan(): string {
  const literal = ['planId', 'sameAs'].find(each => $(`#node-input-${each}Type`).val() === 'str');
  return literal === undefined ? '' : String($(`#node-input-${literal}`).val() ?? '').trim();
}

/** @throws a sentence for the user */
function presentOf(connection: string, plan: string, kinds: string[]): Promise<PresentService[]> {
  const id = String($(`#node-input-${connection}`).val() ?? '');
  if (plan === '') return Promise.resolve([]);
  const address = `wap-billing/read/wap-connection/${encodeURIComponent(id)}/quotas`;
  return new Promise((resolve, reject) => {
    $.getJSON(address, { plan, kinds: kinds.join(',') }).then(
      (services: PresentService[]) => resolve(services),
      ({ status, responseJSON }: JQuery.jqXHR<{ text?: string }>) =>
        reject(status === 404 ? say('quotas.deployFirst') : (responseJSON?.text ?? say('quotas.noAnswer'))),
    );
  });
}
