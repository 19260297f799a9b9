import assert from 'node:assert/strict';
import { majors, onEachMajor } from '../../harness/repository';
import type { Sale } from './flows';
import { type JobResult, Lane } from './lane';
import { sellMany } from './many';
import { troubles } from './trouble';

/** Where something is written down or has just been sent: each step's intent, effect and result. The daily sale differs in
 *  its effects and in the mapping, the rest is proved by the other one. */
const chosen = {
  daily: /^(sent (admin|billing) (POST|PUT)|(before|after) commit of .*mapping|sent sink)/,
  clone:
    /^(after commit of insert (workflow|step)|before commit of (.*update step|update workflow)|sent (admin|billing) (POST|PUT|DELETE)|sent sink)/,
};

onEachMajor('a sale in a process that is killed', major => {
  /** Each version of Node-RED in this run takes its share of the points; the campaign takes all on one. */
  const share = majors().indexOf(major);
  const isMine = (_: unknown, index: number) => index % majors().length === share;
  const lanes: Partial<Record<Sale, Promise<JobResult[]>>> = {};

  async function campaign(sale: keyof typeof chosen): Promise<JobResult[]> {
    const results: JobResult[] = [];
    const lane = new Lane(sale, major, result => results.push(result));
    try {
      const points = (await lane.record()).filter(({ point }) => chosen[sale].test(point));
      for (const kill of points.filter(isMine)) {
        await lane.run({ id: `${sale} ${kill.point}#${kill.nth}`, sale, kills: [kill] });
      }
      if (sale === 'daily') {
        for (const [name, { begin }] of Object.entries(troubles).filter(isMine)) {
          await lane.run({ id: `${sale} ${name}`, sale, kills: [], trouble: begin(4) });
        }
      }
    } finally {
      await lane.finish();
    }
    return results;
  }

  before(() => {
    for (const sale of ['daily', 'clone'] as const) {
      lanes[sale] = campaign(sale);
      lanes[sale]?.catch(() => undefined); // its test tells
    }
  });

  for (const [sale, title, fewest] of [
    ['daily', 'ends as if nothing had happened: plan, billing, mapping; also with faults and deploys', 4],
    ['clone', 'ends as if nothing had happened: one public clone, the original gone, one offer for sale', 12],
  ] as const) {
    it(title, async function () {
      this.timeout(600_000);
      const results = (await lanes[sale]) ?? [];
      const wrong = results.filter(({ violations }) => violations.length > 0);
      assert.deepEqual(
        wrong.map(({ id, violations }) => ({ id, violations })),
        [],
      );
      const killed = results.filter(result => result.killed.length > 0).length;
      assert.ok(killed >= fewest, `only ${killed} kills were reached`);
    });
  }

  it('ends each of many sales at once, with two kills among them', async function () {
    this.timeout(180_000);
    const { violations } = await sellMany({ major, count: 40, kills: 2, seed: major });
    assert.deepEqual(violations, []);
  });
});
