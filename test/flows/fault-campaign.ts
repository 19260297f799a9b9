/** Every fault at every call of the sales, a plan each, and a table of what became of them.
 *  Run by hand: `npx tsx test/flows/fault-campaign.ts` (NODE_RED_MAJOR=4 for one major,
 *  `daily` or `clone` as argument for one sale). Ends with 1 when anything is wrong. */
import { majors } from '../harness/repository';
import { batchesOf, isOfSale, isPolled, kinds, type PlannedFault, type Site, titleOf } from './fault-sites';
import { type FaultReport, FaultWorld, type Sale } from './fault-world';

/** Sales at a time: more of them hold each other up at the adapter, which brings one plan after the other to billing. */
const size = 20;

/** By call, so that every batch has faults of every kind, and the slow ones do not come together. */
const planned = (sites: Site[], lasting: boolean): PlannedFault[] => {
  // While a fault lasts the other sales must go on: only at calls that tell whose they are, and not at the adapter.
  const fitting = lasting ? sites.filter(isOfSale) : sites;
  return fitting.flatMap(site => kinds.map(kind => ({ site, kind, lasting })));
};

function asked(): Sale[] {
  const sales: Sale[] = ['clone', 'daily'];
  const only = sales.filter(sale => process.argv.includes(sale));
  return only.length > 0 ? only : sales;
}

async function campaign(): Promise<boolean> {
  let isRight = true;
  for (const major of majors())
    for (const sale of asked()) {
      const world = await FaultWorld.start(sale, major);
      try {
        const sites = await world.sites();
        const reports: FaultReport[] = [];
        for (const batch of [false, true].flatMap(lasting => batchesOf(planned(sites, lasting), size))) {
          reports.push(...(await world.play(batch)));
          const wrong = reports.filter(isWrong).map(report => JSON.stringify(brief(report)));
          console.error([`${sale} on Node-RED ${major}: ${reports.length} faults`, ...wrong].join('\n'));
        }
        isRight = print(sale, major, sites, reports) && isRight;
      } finally {
        await world.stop();
      }
    }
  return isRight;
}

/** One row a call: how often it went through at once, was resumed after one failure, or was wrong. A fault that was not met
 *  proves nothing. */
function print(sale: Sale, major: number, sites: Site[], reports: FaultReport[]): boolean {
  const met = reports.filter(({ hits }) => hits > 0).length;
  console.log(`\n### ${sale}, Node-RED ${major}: ${reports.length} faults, ${met} met\n`);
  console.log('| call | once: went on | once: Catch, resumed | lasting: went on | lasting: Catch, resumed | wrong |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const site of sites) {
    const mine = reports.filter(report => titleOf(report.site) === titleOf(site) && report.hits > 0);
    const count = (isLasting: boolean, resumed: boolean) =>
      mine.filter(report => report.lasting === isLasting && report.resumed === resumed).length;
    const wrong = mine.filter(isWrong).length;
    const counts = [count(false, false), count(false, true), count(true, false), count(true, true), wrong];
    console.log(`| ${titleOf(site)} | ${counts.join(' | ')} |`);
  }
  const missed = reports.filter(({ hits, site }) => hits === 0 && !isPolled(site));
  for (const report of [...reports.filter(isWrong), ...missed]) console.log(`- ${JSON.stringify(brief(report))}`);
  return missed.length === 0 && !reports.some(isWrong);
}

const isWrong = ({ wrong, caught, resumed }: FaultReport): boolean =>
  wrong.length > 0 || caught.length !== (resumed ? 1 : 0);

const brief = ({ name, site, kind, lasting: isLasting, hits, caught, wrong }: FaultReport) => ({
  ...{ name, call: titleOf(site), kind, isLasting, hits, caught, wrong },
});

campaign().then(
  isRight => process.exit(isRight ? 0 : 1),
  error => {
    console.error(error);
    process.exit(1);
  },
);
