import assert from 'node:assert/strict';
import { stateChoices } from '../../../lib/state/choices';
import { describeRun, describeStanding, describeStep } from '../../../lib/workflow/describe';
import { cleanScratch, StillClock } from '../state/scratch';
import { at, WorkflowBench } from './bench';

describe('a run in words', () => {
  let bench: WorkflowBench;
  beforeEach(async () => {
    bench = await WorkflowBench.open(new StillClock(Date.UTC(2026, 0, 2)));
  });
  afterEach(cleanScratch);

  it('has its times as ISO 8601, and its end', async () => {
    const { run } = await bench.start('Gold');
    const open = describeRun(run);
    assert.deepEqual(open, {
      ...{ id: run.id, workflow: 'sale', key: 'Gold', state: 'open', failure: null, result: null },
      ...{ startedAt: '2026-01-02T00:00:00.000Z', updatedAt: '2026-01-02T00:00:00.000Z', endedAt: null },
    });
    await bench.runs.end(run, 'completed', null);
    const found = await bench.runs.find(run.id);
    const ended = describeRun(found ?? assert.fail());
    assert.deepEqual([ended.state, ended.endedAt], ['completed', '2026-01-02T00:00:00.000Z']);
  });

  it('has of each step what it made', async () => {
    const pass = await bench.start('Gold');
    const past = await pass.journal.intend(at('n1'), 'create', {});
    const set = { wap: { plan: { Id: 'gold1' } }, billing: { offer: { key: 'gold' } } };
    await pass.journal.conclude(past.step, { outcome: { to: 'created', set } });
    const other = await pass.journal.intend(at('n2', 3), 'wait', {});
    await pass.journal.conclude(other.step, { outcome: { to: null, set: { wap: { plan: 'gold' } } } });
    assert.deepEqual((await bench.runs.steps(pass.run.id)).map(describeStep), [
      { step: 'create', state: 'done', visit: 1, output: 'created', planId: 'gold1', offerKey: 'gold' },
      { step: 'wait', state: 'done', visit: 3, output: null, planId: null, offerKey: null },
    ]);
  });

  it('says where it stands, for what and until when', () => {
    const standing = { label: 'wait', state: 'intended', attempts: 1, intendedAt: 1000 } as const;
    const since = '1970-01-01T00:00:01.000Z';
    assert.deepEqual(describeStanding({ ...standing, waits: null }), {
      ...{ step: 'wait', state: 'intended', since, waitsFor: null, subject: null, until: null },
    });
    const waits = { for: 'propagation', subject: 'Gold', until: 2000 } as const;
    assert.deepEqual(describeStanding({ ...standing, waits }), {
      ...{ step: 'wait', state: 'intended', since, waitsFor: 'propagation', subject: 'Gold' },
      until: '1970-01-01T00:00:02.000Z',
    });
    assert.equal(describeStanding({ ...standing, waits: { ...waits, until: null } }).until, null);
  });

  it('is offered to dialogs while it has not ended', async () => {
    const { run } = await bench.start('Gold');
    const tin = await bench.start('Tin');
    await bench.runs.end(tin.run, 'completed', null);
    assert.deepEqual(await stateChoices.run({ store: bench.store }), [{ value: run.id, label: 'Gold · sale · open' }]);
    assert.deepEqual(await stateChoices.reader({ store: bench.store }), []);
  });
});
