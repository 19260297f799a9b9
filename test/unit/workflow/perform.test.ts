import assert from 'node:assert/strict';
import { AdapterError } from '../../../lib/errors';
import { type BegunEffect, performStep, RecordedFailure } from '../../../lib/workflow/perform';
import { InstantClock } from '../http/instant-clock';
import { losingFirstCommit } from '../state/rerun-store';
import { cleanScratch, fails, StillClock, scratchStore } from '../state/scratch';
import { at, Crash, type Fate, type Pass, policy, WorkflowBench } from './bench';

const inTurn =
  (...fates: Fate[]) =>
  () =>
    fates.shift() ?? 'ok';

describe('a durable step', () => {
  let clock: InstantClock;
  let bench: WorkflowBench;
  beforeEach(async () => {
    clock = new InstantClock();
    bench = await WorkflowBench.open(clock);
  });
  afterEach(cleanScratch);

  it('acts once, and answers from the journal in the next pass', async () => {
    const first = await bench.start();
    assert.equal(await bench.step(first, at('create')), 'made create');
    const second = await bench.again(first.run.id, 'replay');
    assert.equal(await bench.step(second, at('create')), 'made create');
    assert.deepEqual([[...bench.ledger], bench.lookUps], [[['create', 1]], []]);
  });

  it('acts once, and answers from the journal, also when each commit fails and is made again', async () => {
    const store = losingFirstCommit(await scratchStore(new StillClock()));
    const losing = new WorkflowBench(store, clock);
    const first = await losing.start();
    await Promise.all([losing.step(first, at('create')), losing.step(first, at('publish'))]);
    const second = await losing.again(first.run.id, 'replay');
    await Promise.all([losing.step(second, at('create')), losing.step(second, at('publish'))]);
    assert.deepEqual(
      [[...losing.ledger].sort(), losing.lookUps],
      [
        [
          ['create', 1],
          ['publish', 1],
        ],
        [],
      ],
    );
  });

  it('tries a failure that may pass again, each time after twice the wait', async () => {
    const pass = await bench.start();
    await bench.step(pass, at('create'), { fate: inTurn('down', 'down', 'ok') });
    assert.deepEqual([clock.waits, bench.ledger.get('create')], [[100, 200], 1]);
  });

  it('looks before it acts again: what happened although it failed is not repeated', async () => {
    const pass = await bench.start();
    await bench.step(pass, at('create'), { fate: inTurn('lost') });
    assert.deepEqual([bench.ledger.get('create'), bench.lookUps], [1, ['create']]);
  });

  it('waits as long as the peer asks', async () => {
    const pass = await bench.start();
    let asked = 0;
    const effect = {
      ...{ key: at('a'), label: 'a', inputs: {}, lookUp: null, hasEffect: true },
      act: async () => {
        asked += 1;
        if (asked === 1) throw new AdapterError('WAP_RATE', 'slow', { retryable: true, retryAfterMs: 7000 });
        return { outcome: 'ok' };
      },
    };
    await performStep(pass.journal, effect, policy, clock, pass.gone.signal);
    assert.deepEqual(clock.waits, [7000]);
  });

  it('gives up after its attempts; the run is failed with the step, the code and the cause', async () => {
    const pass = await bench.start();
    const down = () => 'down' as const;
    await assert.rejects(bench.step(pass, at('create'), { fate: down }), fails('WAP_SERVER', /down/));
    const run = await bench.runs.find('Gold');
    assert.deepEqual([run?.state, run?.failure?.code, run?.failure?.step], ['failed', 'WAP_SERVER', 'create']);
    assert.deepEqual([run?.failure?.cause.retryable, clock.waits], [true, [100, 200]]);
  });

  it('counts what failed before a crash, and counts anew when it is resumed', async () => {
    const rules = [{ code: 'WAP_INPUT' as const, everyMs: 60_000, most: 3 }];
    let tries = 0;
    const doing = (pass: Pass, crashAt: number) => {
      const act = async () => {
        tries += 1;
        if (tries === crashAt) pass.gone.abort(new Error('killed'));
        throw new AdapterError('WAP_INPUT', 'no');
      };
      const effect = { key: at('a'), label: 'a', inputs: {}, lookUp: null, hasEffect: true, act };
      return performStep(pass.journal, effect, { ...policy, rules }, clock, pass.gone.signal);
    };
    const pass = await bench.start();
    await assert.rejects(doing(pass, 3));
    await assert.rejects(doing(await bench.again(pass.run.id, 'replay'), 0), fails('WAP_INPUT', /no/));
    assert.equal(tries, 3 + 2); // the one that the crash cut off does not count
    await assert.rejects(doing(await bench.again(pass.run.id, 'resume'), 0), fails('WAP_INPUT', /no/));
    assert.equal(tries, 5 + 4);
  });

  it('does not repeat what a repeat cannot help', async () => {
    const pass = await bench.start();
    await assert.rejects(bench.step(pass, at('create'), { fate: () => 'refused' }), fails('WAP_INPUT', /no/));
    assert.deepEqual(clock.waits, []);
  });

  it('fails in a replay with the recorded words, without a call', async () => {
    const pass = await bench.start();
    await assert.rejects(bench.step(pass, at('create'), { fate: () => 'refused' }));
    const replay = await bench.again(pass.run.id, 'replay');
    await assert.rejects(bench.step(replay, at('create')), RecordedFailure);
    assert.deepEqual([bench.ledger.size, (await bench.runs.find('Gold'))?.state], [0, 'failed']);
  });

  it('has all its attempts again after a crash', async () => {
    let pass = await bench.start();
    for (let crashes = 0; crashes < 5; crashes += 1) {
      await assert.rejects(bench.step(pass, at('create'), { fate: () => 'crash before' }), Crash);
      pass = await bench.again(pass.run.id, 'replay');
    }
    await bench.step(pass, at('create'), { fate: inTurn('down', 'down') });
    assert.equal(bench.ledger.get('create'), 1);
  });

  it('counts from the first intent, whatever came between', async () => {
    const begun = clock.now();
    const pass = await bench.start();
    await assert.rejects(bench.step(pass, at('wait'), { fate: () => 'crash before' }), Crash);
    clock.advance(60_000);
    const again = await bench.again(pass.run.id, 'replay');
    let since = 0;
    const act = async ({ since: from }: BegunEffect) => {
      since = from;
      return { outcome: 'ready' };
    };
    const effect = { key: at('wait'), label: 'wait', inputs: {}, lookUp: null, hasEffect: true, act };
    await performStep(again.journal, effect, policy, clock, again.gone.signal);
    assert.equal(since, begun);
  });

  it('stops when its values changed, naming them and the step; nothing is done', async () => {
    const pass = await bench.start();
    await bench.step(pass, at('create'), { inputs: { name: 'Gold', price: '1' } });
    const replay = await bench.again(pass.run.id, 'replay');
    const other = bench.step(replay, at('create'), { inputs: { name: 'Gold', price: '2' } });
    await assert.rejects(other, fails('STATE_STEP_CHANGED', /create: price differs/));
    assert.deepEqual([bench.ledger.get('create'), (await bench.runs.find('Gold'))?.state], [1, 'failed']);
  });

  it('goes on after a change when the old values are back, or with the new ones after restart', async () => {
    const pass = await bench.start();
    const old = { inputs: { price: '1' } };
    const changed = { inputs: { price: '2' } };
    await bench.step(pass, at('create'), old);
    const replay = await bench.again(pass.run.id, 'replay');
    await assert.rejects(bench.step(replay, at('create'), changed), fails('STATE_STEP_CHANGED', /price/));
    const resumed = await bench.again(pass.run.id, 'resume');
    await bench.step(resumed, at('create'), old);
    await assert.rejects(bench.step(await bench.again(pass.run.id, 'replay'), at('create'), changed));
    const restarted = await bench.again(pass.run.id, 'restart');
    await bench.step(restarted, at('create'), { ...changed, name: 'create anew' });
    assert.deepEqual(
      [...bench.ledger],
      [
        ['create', 1],
        ['create anew', 1],
      ],
    );
  });
});
