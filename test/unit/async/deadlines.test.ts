import assert from 'node:assert/strict';
import { Deadlines } from '../../../lib/async/deadlines';
import { ManualClock } from '../billing/manual-clock';

const turn = () => new Promise(resolve => setImmediate(resolve));

describe('deadlines', () => {
  it('of a thousand that began together pass after one timer, and others have their turns meanwhile', async () => {
    const clock = new ManualClock();
    const passed: number[] = [];
    const deadlines = new Deadlines<number>(clock, 60_000, item => void passed.push(item));
    for (let item = 0; item < 1000; item += 1) deadlines.begin(item);
    clock.advance(60_000);
    const inTurns: number[] = [];
    for (let turns = 0; turns < 100; turns += 1) {
      const before = passed.length;
      await turn();
      inTurns.push(passed.length - before);
    }
    assert.deepEqual([passed.length, passed[0], passed.at(-1)], [1000, 0, 999]);
    assert.ok(Math.max(...inTurns) <= 100, `${Math.max(...inTurns)} passed in one turn`);
  });

  it('of many pass only as fast as what follows from them is done', async () => {
    const clock = new ManualClock();
    const begun: Array<() => void> = [];
    const deadlines = new Deadlines<number>(clock, 1000, () => new Promise<void>(done => begun.push(done)));
    for (let item = 0; item < 100; item += 1) deadlines.begin(item);
    clock.advance(1000);
    for (let turns = 0; turns < 10; turns += 1) await turn();
    const first = begun.length;
    for (const done of begun) done();
    for (let turns = 0; turns < 10; turns += 1) await turn();
    assert.deepEqual([first, begun.length], [25, 50]);
  });

  it('that begin anew hold up nobody who began after them', async () => {
    const clock = new ManualClock();
    const passed: string[] = [];
    const deadlines = new Deadlines<string>(clock, 1000, item => void passed.push(item));
    for (const item of ['first', 'second']) deadlines.begin(item);
    clock.advance(500);
    deadlines.begin('first');
    clock.advance(500);
    for (let turns = 0; turns < 5; turns += 1) await turn();
    assert.deepEqual(passed, ['second']);
    clock.advance(500);
    for (let turns = 0; turns < 5; turns += 1) await turn();
    assert.deepEqual(passed, ['second', 'first']);
  });

  it('that end meanwhile, or are not due yet, do not pass with the others', async () => {
    const clock = new ManualClock();
    const passed: string[] = [];
    const deadlines = new Deadlines<string>(clock, 1000, item => {
      passed.push(item);
      if (item === 'first') deadlines.end('second');
    });
    for (const item of ['first', 'second', 'third']) deadlines.begin(item);
    clock.advance(500);
    deadlines.begin('later');
    clock.advance(500);
    await turn();
    assert.deepEqual(passed, ['first', 'third']);
    clock.advance(500);
    await turn();
    assert.deepEqual(passed, ['first', 'third', 'later']);
  });
});
