import { catalogueReady, say } from '../red';
import { Desk } from './desk';
import { startTour } from './tour';
import type { Filter } from './view';
import { button } from './widgets/note';

const id = 'wap-billing-desk';
const action = 'wap-billing:show-desk';

let desk: Desk | null = null;

/** Puts the desk into Node-RED's sidebar, once its texts are there. */
export function addDesk(): void {
  RED.plugins.registerPlugin('wap-billing-desk', { onadd: () => catalogueReady(add) });
}

/** Opens the desk at a view, with filters: for whoever wants to lead there. */
export function showDesk(view: string, filter?: Filter): void {
  RED.sidebar.show(id);
  desk?.show(view, filter);
}

function add(): void {
  if (desk) return;
  const made = new Desk();
  desk = made;
  const place = $('<div class="wap-billing-desk-place"/>').append(made.element);
  const widen = button(say('desk.wide'), 'fa-expand', () => wide(made, place));
  RED.actions.add(action, () => {
    RED.sidebar.show(id);
    made.enter();
  });
  RED.actions.add('wap-billing:tour', () => startTour(() => showDesk('overview')));
  RED.sidebar.addTab({
    ...{ id, label: say('desk.tab'), name: say('desk.title'), iconClass: 'fa fa-credit-card', content: place, action },
    toolbar: $('<div/>').append(widen),
    enableOnEdit: true,
  });
}

/** The same desk over the whole workspace; closing the tray puts it back. */
function wide(made: Desk, place: JQuery): void {
  if (made.element.closest('.red-ui-tray').length > 0) return;
  RED.tray.show({
    title: say('desk.title'),
    width: Number.POSITIVE_INFINITY,
    buttons: [
      { id: 'wap-billing-desk-close', text: say('desk.close'), class: 'primary', click: () => RED.tray.close() },
    ],
    open: tray => {
      tray.find('.red-ui-tray-body').append(made.element.detach());
    },
    close: () => {
      place.append(made.element.detach());
    },
  });
}
