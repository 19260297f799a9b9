import assert from 'node:assert/strict';
import fc from 'fast-check';
import { listRuns, type RunFilter, type RunLine, runDetails, runWords } from '../../../lib/desk/runs';
import { Journal } from '../../../lib/workflow/journal';
import { Runs } from '../../../lib/workflow/runs';
import { holds } from '../../harness/property';
import { cleanScratch, fails, StillClock, scratchStore } from '../state/scratch';

const all: RunFilter = { state: null, workflow: null, text: null, step: null, waitsFor: null };
const at = { node: 'n1', visit: 1, cameFrom: '' };

describe('runs on the desk', () => {
  afterEach(cleanScratch);

  async function world() {
    const clock = new StillClock();
    const store = await scratchStore(clock);
    const runs = new Runs(store, clock, 'put on sale');
    return { clock, store, runs };
  }
  type World = Awaited<ReturnType<typeof world>>;

  /** A run that stands at a step. */
  async function standing({ store, clock, runs }: World, key: string, label: string) {
    const { run } = await runs.start(key, {});
    const journal = new Journal(store, clock, run);
    const past = await journal.intend(at, label, {});
    return { run, journal, step: past.step };
  }

  it('say what a step waits for and until when, until it is done', async () => {
    const here = await world();
    const { journal, step, run } = await standing(here, 'Gold', 'wait for billing');
    await journal.waits(step, { for: 'propagation', subject: 'Gold Hosting', until: 5_000_000 });
    const [line] = (await listRuns(here.store, { ...all, waitsFor: 'propagation' }, undefined, 10)).rows;
    assert.deepEqual(line?.at, [
      {
        ...{ label: 'wait for billing', state: 'intended', attempts: 1, intendedAt: 1_000_000 },
        waits: { for: 'propagation', subject: 'Gold Hosting', until: 5_000_000 },
      },
    ]);
    await journal.conclude(step, { outcome: { to: null, set: {} } });
    assert.equal((await listRuns(here.store, { ...all, waitsFor: 'propagation' }, undefined, 10)).rows.length, 0);
    assert.equal((await runDetails(here.store, run.id)).steps[0]?.waits, null);
  });

  it('say why a run failed, and are found by the step they stand at', async () => {
    const here = await world();
    const { journal, step } = await standing(here, 'Gold', 'create in WAP');
    await journal.fail(step, {
      code: 'WAP_FORBIDDEN',
      message: 'No.',
      cause: { retryable: false },
      step: 'create in WAP',
    });
    await standing(here, 'Silver', 'make public');
    const found = await listRuns(here.store, { ...all, step: 'create in WAP' }, undefined, 10);
    assert.deepEqual(
      found.rows.map(({ key, failure }) => [key, failure]),
      [['Gold', { step: 'create in WAP', code: 'WAP_FORBIDDEN', message: 'No.' }]],
    );
    assert.deepEqual((await runWords(here.store)).steps, ['create in WAP', 'make public']);
  });

  it('take a text for what it is, whatever signs it has', async () => {
    const here = await world();
    for (const key of ['100% sure', '100 sure', 'A_b', 'Axb', 'back\\slash']) await here.runs.start(key, {});
    const keys = async (text: string) =>
      (await listRuns(here.store, { ...all, text }, undefined, 10)).rows.map(({ key }) => key);
    assert.deepEqual(await keys('100%'), ['100% sure']);
    assert.deepEqual(await keys('a_B'), ['A_b']);
    assert.deepEqual(await keys('k\\s'), ['back\\slash']);
  });

  it('come page by page, each once and the newest first, whatever the filter', async () => {
    const { clock, store } = await world();
    let turn = 0;
    await holds(
      'runs on the desk: come page by page, each once and the newest first, whatever the filter',
      fc.asyncProperty(
        fc.array(fc.record({ wait: fc.nat(2), ended: fc.boolean() }), { maxLength: 15 }),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom(null, 'open' as const, 'completed' as const),
        async (made, limit, state) => {
          turn += 1;
          const runs = new Runs(store, clock, `workflow ${turn}`);
          const expected: string[] = [];
          for (const [index, { wait, ended }] of made.entries()) {
            clock.advance(wait);
            const { run } = await runs.start(`run ${index}`, {});
            if (ended) await runs.end(run, 'completed', null);
            if (state === null || state === (ended ? 'completed' : 'open')) expected.push(run.id);
          }
          const filter = { ...all, state, workflow: runs.name };
          const seen: RunLine[] = [];
          let after: string | undefined;
          do {
            const page = await listRuns(store, filter, after, limit);
            seen.push(...page.rows);
            after = page.next ?? undefined;
          } while (after !== undefined);
          const times = seen.map(({ startedAt }) => startedAt);
          assert.deepEqual(seen.map(({ id }) => id).sort(), expected.sort());
          assert.deepEqual(
            times,
            [...times].sort((a, b) => b - a),
          );
        },
      ),
      { numRuns: 20 },
    );
  });

  it('cannot tell of a run that was forgotten', async () => {
    const { store } = await world();
    await assert.rejects(runDetails(store, 'gone'), fails('STATE_NOT_FOUND', /forgotten/));
  });
});
