import assert from 'node:assert/strict';
import { onEachMajor } from '../harness/repository';
import { type JobResult, Lane } from './lane';

/** Each step's intent and result, and each request that changes something, when it has just been sent: each version of
 *  Node-RED takes half of them, the campaign takes every point on both. */
const chosen =
  /^(after commit of insert (workflow|step)|before commit of (.*update step|update workflow)|sent (admin|billing) (POST|PUT|PATCH|DELETE)|sent sink)/;

onEachMajor('a tenant in a process that is killed', major => {
  it('has one add-on, one subscription in billing and its last state, done once', async function () {
    this.timeout(600_000);
    const results: JobResult[] = [];
    const lane = new Lane('tenants', major, result => results.push(result));
    try {
      const points = (await lane.record()).filter(({ point }) => chosen.test(point));
      for (const kill of points.filter((_, index) => index % 2 === major % 2)) {
        await lane.run({ id: `tenants ${kill.point}#${kill.nth}`, sale: 'tenants', kills: [kill] });
      }
    } finally {
      await lane.finish();
    }
    const wrong = results.filter(({ violations }) => violations.length > 0);
    assert.deepEqual(
      wrong.map(({ id, violations }) => ({ id, violations })),
      [],
    );
    const killed = results.filter(result => result.killed.length > 0).length;
    assert.ok(killed >= 12, `only ${killed} kills were reached`);
  });
});
