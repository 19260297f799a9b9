import { fitting, type Search } from './suggest';

/** Offers the names of the workflows whose start nodes are in the editor. */
export const workflows: Search = (text, show) => {
  const starts = RED.nodes.filterNodes({ type: 'wap-workflow-start' });
  const names = starts.map(node => String(Reflect.get(node, 'workflowName') ?? '')).filter(Boolean);
  show(
    fitting(
      [...new Set(names)].sort().map(value => ({ value, label: value })),
      text,
    ),
  );
};
