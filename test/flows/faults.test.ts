import assert from 'node:assert/strict';
import { type Major, onEachMajor } from '../harness/repository';
import { batchesOf, isOfSale, isPolled, kinds, type PlannedFault, type Site, titleOf } from './fault-sites';
import { type FaultReport, FaultWorld, type Sale } from './fault-world';

/** One fault at every call: a lost answer where the call changes something, and another kind at each call that reads.
 *  What changes something also fails for good once. The whole matrix is `fault-campaign.ts`. */
function selection(sites: Site[], major: Major): PlannedFault[] {
  const kindOf = (index: number) => kinds[(index + major) % kinds.length] ?? 'status';
  const once = sites.map(
    (site, index): PlannedFault => ({
      ...{ site, lasting: false },
      kind: site.method === 'GET' ? kindOf(index) : 'reset-after',
    }),
  );
  const changing = sites.filter(site => isOfSale(site) && site.method !== 'GET');
  const lasting = changing.map((site, index): PlannedFault => ({ site, lasting: true, kind: kindOf(index) }));
  return [...once, ...lasting];
}

const brief = ({ site, kind, lasting, caught, wrong }: FaultReport) =>
  `${kind}${lasting ? ' for good' : ''} at ${titleOf(site)}: Catch got [${caught.join(', ')}]; ${wrong.join('; ')}`;

for (const sale of ['clone', 'daily'] satisfies Sale[])
  onEachMajor(`faults at every call of a sale (${sale})`, major => {
    let world: FaultWorld;
    let reports: FaultReport[];
    before(async function () {
      this.timeout(240_000);
      world = await FaultWorld.start(sale, major);
      reports = [];
      for (const batch of batchesOf(selection(await world.sites(), major), Number.POSITIVE_INFINITY))
        reports.push(...(await world.play(batch)));
    });
    after(() => world.stop());

    it('end with one public plan, its one offer on sale, and the pair', () => {
      const wrong = reports.filter(report => report.wrong.length > 0);
      assert.deepEqual(wrong.map(brief), []);
    });

    it('go on, or reach Catch once with the run failed, nothing half done, and then resumed to the same end', () => {
      const unclear = reports.filter(({ caught, resumed }) => caught.length !== (resumed ? 1 : 0));
      assert.deepEqual(unclear.map(brief), []);
      assert.ok(reports.some(({ resumed }) => resumed));
    });

    it('are met where they were planned', () => {
      assert.deepEqual(reports.filter(({ hits, site }) => hits === 0 && !isPolled(site)).map(brief), []);
    });
  });
