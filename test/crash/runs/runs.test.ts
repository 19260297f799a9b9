import assert from 'node:assert/strict';
import { onEachMajor } from '../../harness/repository';
import type { Sale } from './flows';
import { type JobResult, Lane } from './lane';

/** The question, that it was sent, and its answer, before and after they are written. */
const asking = /^(before|after) commit of .*(question|workflow|step)/;

/** Each step's intent and result, and each request that changes something, when it has just been sent. */
const chosen =
  /^(after commit of insert (workflow|step)|before commit of (.*update step|update workflow)|sent (admin|billing) (POST|PUT|PATCH|DELETE)|sent sink)/;

/** Each run of the other workflow as it is made, as it fails and as it ends. */
const having = /^(before|after) commit of (insert sub_run|update step, update workflow|update workflow)/;

onEachMajor('a run in a process that is killed', major => {
  /** Kills at each `nth` of the points, another one on the other version of Node-RED; the campaign takes every point on both. */
  async function killed(
    sale: Sale,
    isChosen: (point: string) => boolean,
    { nth = 2, fewest = 12 } = {},
  ): Promise<void> {
    const results: JobResult[] = [];
    const lane = new Lane(sale, major, result => results.push(result));
    try {
      const points = (await lane.record()).filter(({ point }) => isChosen(point));
      for (const kill of points.filter((_, index) => index % nth === (major % 2) * (nth / 2))) {
        await lane.run({ id: `${sale} ${kill.point}#${kill.nth}`, sale, kills: [kill] });
      }
    } finally {
      await lane.finish();
    }
    const wrong = results.filter(({ violations }) => violations.length > 0);
    assert.deepEqual(
      wrong.map(({ id, violations }) => ({ id, violations })),
      [],
    );
    const reached = results.filter(result => result.killed.length > 0).length;
    assert.ok(reached >= fewest, `only ${reached} kills were reached`);
  }

  it('has one add-on, one subscription in billing and its last state, done once', function () {
    this.timeout(600_000);
    return killed('tenants', point => chosen.test(point));
  });

  it('asks somebody and waits for a time: one public plan, mapped to what was answered', function () {
    this.timeout(600_000);
    return killed('asked', point => asking.test(point) || chosen.test(point), { nth: 4, fewest: 6 });
  });

  it('has each add-on once that was bought on a branch, and behind the join of two', function () {
    this.timeout(600_000);
    return killed('forked', point => chosen.test(point));
  });

  it('has each add-on once, joined by the run, with a branch that is left out and one that failed', function () {
    this.timeout(600_000);
    return killed('joined', point => chosen.test(point));
  });

  it('has one run of another workflow for each item, two at once, and knows what became of each', function () {
    this.timeout(600_000);
    return killed('each', point => having.test(point), { nth: 4, fewest: 3 });
  });
});
