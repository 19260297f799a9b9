import assert from 'node:assert/strict';
import { Origins, type Source } from '../../../lib/workflow/origins';
import { end, step, wired } from './drawn';

const run = (...to: string[]): Source => ({ is: 'run', to });
const feed = (...to: string[]): Source => ({ is: 'feed', to });
const other = (...to: string[]): Source => ({ is: 'other', to });

describe('what comes to a node', () => {
  const flow = wired({
    a: step(['f']),
    f: { outputs: [['b']] },
    b: step(['a', 'end']),
    end: { ...end, outputs: [['c']] },
  });
  const runs = (...sources: Source[]) => {
    const origins = new Origins(flow, sources);
    return ['a', 'f', 'b', 'end', 'c'].filter(id => origins.onlyRuns(id));
  };

  it('is in a run behind a start node, as far as the end', () =>
    assert.deepEqual(runs(run('a'), other('c')), ['a', 'f', 'b', 'end']));
  it('may be in none where anything else leads there', () => {
    assert.deepEqual(runs(run('a'), other('f')), []);
    assert.deepEqual(runs(run('a', 'f'), other('end')), ['a', 'f', 'b']);
  });
  it('is in none where no start node leads', () => assert.deepEqual(runs(other('a')), []));

  it('was delivered behind a poll node, also in the run that it starts', () => {
    const origins = new Origins(flow, [feed('a'), run('b')]);
    assert.deepEqual([origins.onlyFeeds('b'), origins.onlyFeeds('c')], [true, true]);
    assert.equal(new Origins(flow, [feed('a'), other('f')]).onlyFeeds('b'), false);
    assert.equal(new Origins(flow, [other('a')]).onlyFeeds('b'), false);
  });
});
