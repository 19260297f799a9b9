/** The run that forks, with our join: behind its branches there is one more that a switch leaves out, and one that fails and
 *  goes along. What is bought behind the join is told by the joined message, so that a wrong one shows. */
import type { FlowNode } from '../../harness/admin-api';
import { forkedFlows } from './forked-flow';

const z = 'forked';
const start = 'run';

/** Only what each branch set, and what the join says of them, makes it the add-on that is wanted. */
const check = `
const { branches, failed, missing } = msg.joined;
const isRight = branches.join() === 'fails,left,right' && failed.join() === 'fails' && missing === 1 &&
  msg.ofLeft === 1 && msg.ofRight === 2 && msg.branches.fails.error.code === 'WAP_NOT_FOUND' && msg.mapping.kind === 'account';
msg.addOn = isRight ? 'more' : JSON.stringify([msg.joined, msg.ofLeft, msg.ofRight, msg.branches, msg.mapping]);
return msg;`;

export function joinedFlows(): FlowNode[] {
  const forked = forkedFlows();
  const find = (id: string): FlowNode => forked.find(node => node.id === id) ?? { id, type: '' };
  const changed: FlowNode[] = [
    { ...find(start), wires: [['buy', 'look 1', 'look 3', 'fails'], [], []] },
    { ...find('is left'), func: `msg.branch = 'left'; msg.ofLeft = 1; return msg;` },
    { ...find('is right'), func: `msg.branch = 'right'; msg.ofRight = 2; return msg;` },
    {
      ...{ id: 'join', type: 'wap-workflow-join', z, name: 'join', x: 200, y: 100, wires: [['check'], []] },
      ...{ branches: '', branchesType: 'num', mergeRule: 'later', missing: 'goOn', failed: 'along' },
    },
    { ...find('buy more'), addOnId: 'addOn', addOnIdType: 'msg' },
  ];
  const place = { z, name: '', x: 200, y: 200 };
  const never = { property: 'never', propertyType: 'msg', rules: [{ t: 'nnull' }], checkall: 'true', outputs: 1 };
  return [
    ...forked.map(node => changed.find(({ id }) => id === node.id) ?? node),
    { ...find('look 1'), id: 'look 3', wires: [['is wanted'], []] },
    { ...place, ...never, id: 'is wanted', type: 'switch', wires: [['join']] },
    {
      ...{ ...find('buy'), id: 'fails', name: 'fails', addOnId: 'none', wires: [['join'], [], []] },
    },
    { ...place, id: 'check', type: 'function', func: check, outputs: 1, wires: [['buy more']] },
  ];
}
