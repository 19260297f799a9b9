import { say } from '../../red';
import { actButton } from '../widgets/act-button';

/** Buttons for the inject nodes that lead straight to the start of a workflow, by their names: what the mouse presses on the
 *  canvas, the keyboard presses here. */
export function startButtons(mayAct: boolean): JQuery[] {
  const starts = RED.nodes.filterNodes({ type: 'wap-workflow-start' });
  const sources = starts.flatMap(target => RED.nodes.filterLinks({ target }).map(({ source }) => source));
  return sources
    .filter(({ type }) => type === 'inject')
    .map(node => {
      const text = RED.utils.getNodeLabel(node, node.id);
      return actButton({
        ...{ text, icon: 'fa-play' },
        unless: mayAct ? undefined : say('desk.reader'),
        go: async () => {
          await press(node.id);
          return say('desk.overview.pressed', { name: text });
        },
      });
    });
}

/** Through Node-RED's own route. @throws a sentence for the user */
function press(id: string): Promise<void> {
  return new Promise((resolve, reject) => {
    $.ajax({ url: `inject/${encodeURIComponent(id)}`, method: 'POST' }).then(
      () => resolve(),
      ({ status }: JQuery.jqXHR) =>
        reject(new Error(status === 404 ? say('desk.overview.deployIt') : say('desk.error.failed', { status }))),
    );
  });
}
