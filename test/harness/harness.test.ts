import assert from 'node:assert/strict';
import type { FlowNode } from './admin-api';
import { startNodeRed } from './node-red';
import { Probes } from './probes';
import { onEachMajor } from './repository';
import { startSink } from './sink';
import { until } from './until';

/** A tab with one change node that answers 42, and one function node that fails. */
const flow: FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'harness' },
  {
    id: 'answer',
    type: 'change',
    z: 'tab',
    rules: [{ t: 'set', p: 'payload', pt: 'msg', to: '42', tot: 'num' }],
    x: 1,
    y: 1,
    wires: [['fails']],
  },
  { id: 'fails', type: 'function', z: 'tab', func: 'node.error("broken", msg);', outputs: 1, x: 1, y: 1, wires: [[]] },
];

onEachMajor('the harness', major => {
  it('drives a flow in a real Node-RED, watches it, kills it and finds its flows again', async function () {
    this.timeout(120_000);
    const nodeRed = await startNodeRed({ major });
    const sink = await startSink();
    const flows = new Probes(flow, sink.url)
      .drive('go', 'answer')
      .watch('answered', 'answer')
      .catches('caught', 'tab')
      .done();
    try {
      await nodeRed.deploy(flows);
      assert.equal(nodeRed.version.split('.')[0], String(major));
      await nodeRed.send('go', { topic: 'first' });
      const [answered] = await until('an answer', () =>
        sink.messages('answered').length > 0 ? sink.messages('answered') : null,
      );
      assert.deepEqual([answered?.topic, answered?.payload], ['first', 42]);
      const [caught] = await until('an error', () =>
        sink.messages('caught').length > 0 ? sink.messages('caught') : null,
      );
      assert.match(JSON.stringify(caught?.error), /broken/);
      await nodeRed.kill9();
      sink.clear();
      await nodeRed.restart();
      await nodeRed.send('go', { topic: 'second' });
      await until('an answer after the restart', () => sink.messages('answered')[0]?.topic === 'second');
    } finally {
      await nodeRed.stop();
      await sink.stop();
    }
  });
});
