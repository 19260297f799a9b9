import { say } from '../red';
import { button } from './widgets/note';

const examples = ['01 - High frequency - put a plan on sale', '02 - High frequency - the adapter'];
const place = 'library/examples/flows/@wap-billing/node-red-wap-billing';

interface Step {
  name: 'import' | 'wap' | 'billing' | 'deploy' | 'press';
  isDone: boolean;
  /** What its button does; the last step is done on the canvas. */
  go?(): void;
}

/** How to begin, in an editor in which nothing of ours is deployed: each step with a button that leads to it, and a tour through
 *  them. */
export function howToBegin(): JQuery {
  const steps = $('<ol class="wap-billing-desk-begin"/>').append(stepsNow().map(lineOf));
  const show = button(say('desk.begin.tour'), 'fa-map-o', () => RED.actions.invoke('wap-billing:tour'));
  return $('<div/>').append($('<p/>').text(say('desk.begin.title')), steps, $('<p/>').append(show));
}

function stepsNow(): Step[] {
  const wap = configuration('wap-connection');
  const billing = configuration('billing-connection');
  const edit = (type: string, id: string | undefined) => () => RED.editor.editConfig('', type, id ?? '_ADD_');
  return [
    {
      name: 'import',
      isDone: wap !== undefined && configuration('billing-state') !== undefined,
      go: () => void importExamples(),
    },
    { name: 'wap', isDone: false, go: edit('wap-connection', wap) },
    { name: 'billing', isDone: false, go: edit('billing-connection', billing) },
    { name: 'deploy', isDone: false, go: () => RED.actions.invoke('core:deploy-flows') },
    { name: 'press', isDone: false },
  ];
}

/** Imports the examples as the dialog of Node-RED would, and brings the first one's tab to the front. */
async function importExamples(): Promise<void> {
  try {
    const tabs: string[] = [];
    for (const name of examples) {
      const nodes: Array<{ id: string; type: string }> = await $.getJSON(`${place}/${name}`);
      // They share their connections.
      const fresh = nodes.filter(({ id }) => !RED.nodes.node(id));
      RED.view.importNodes(fresh, { addFlow: false, generateIds: false });
      tabs.push(...fresh.filter(({ type }) => type === 'tab').map(({ id }) => id));
    }
    const [first] = tabs;
    if (first) RED.workspaces.show(first);
    $('.wap-billing-desk-begin button').first().trigger('focus'); // the canvas took it; the next step is here
  } catch {
    RED.actions.invoke('core:show-examples-import-dialog'); // the way by hand says what is wrong
  }
}

function configuration(type: string): string | undefined {
  let found: string | undefined;
  RED.nodes.eachConfig(node => {
    if (node.type === type) found ??= node.id;
  });
  return found;
}

function lineOf({ name, isDone, go }: Step): JQuery {
  const line = $('<li/>')
    .attr('data-step', name)
    .append($('<span/>').text(say(`desk.begin.${name}`)));
  if (isDone) line.append($('<i class="fa fa-check" role="img"/>').attr('aria-label', say('desk.begin.done')));
  else if (go) line.append(button(say(`desk.begin.go.${name}`), null, go));
  return line;
}
