/** The durable runs, killed at every point once, at pairs of points, and with other trouble on top; resumable, bounded,
 *  with a table at the end.
 *    node --require tsx/cjs test/crash/campaign.ts [--minutes 30] [--pairs 150] [--troubled 20] [--seed 1] [--major 4] [--out .tmp/crash.jsonl] [--sales daily,clone,tenants,forked,joined,asked,each]
 *  What is in the file of results already is not done again. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../../../simulator/random';
import { type Major, repository } from '../../harness/repository';
import { type Sale, saleFlows } from './flows';
import { append, type Job, type JobResult, Lane } from './lane';
import { lateResumes, table } from './table';
import { troubles } from './trouble';
import type { Kill } from './world';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    pairs: { type: 'string', default: '150' },
    troubled: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    major: { type: 'string', default: '4' },
    out: { type: 'string', default: join(repository, '.tmp', 'crash.jsonl') },
    sales: { type: 'string', default: 'daily,clone' },
  },
});
const major: Major = values.major === '5' ? 5 : 4;
const until = Date.now() + Number(values.minutes) * 60_000;
const done = new Map<string, JobResult>();

function note(result: JobResult): void {
  done.set(result.id, result);
  append(values.out, result);
  const verdict = result.violations.length === 0 ? 'ok' : `VIOLATION ${result.violations.join(' | ')}`;
  console.log(
    `${String(result.ms).padStart(6)} ms  ${result.killed.length}/${result.planned.length} kills  ${result.id}: ${verdict}`,
  );
}

/** `share` of `shares`: several worlds can work on one sale. */
async function work(sale: Sale, share: number, shares: number): Promise<void> {
  const lane = new Lane(sale, major, note);
  const random = new Random(Number(values.seed) + sale.length + 1000 * share);
  try {
    const points = (await lane.record()).map(({ point, nth }): Kill => ({ point, nth }));
    const sources = [singles(sale, points), pairs(sale, points, lane, random), troubled(sale, points, random)];
    // In turns, so that a short campaign has met everything.
    while (sources.length > 0 && Date.now() < until) {
      const source = sources.shift();
      const next = source?.next();
      if (!source || !next || next.done) continue;
      sources.push(source);
      if (shareOf(next.value.id, shares) === share && !done.has(next.value.id)) await lane.run(next.value);
    }
  } finally {
    await lane.finish();
  }
}

function* singles(sale: Sale, points: Kill[]): Generator<Job> {
  for (const kill of points) yield job(sale, `point ${kill.point}#${kill.nth}`, [kill]);
}

/** The second kill is at a point that a resumed process passes. */
function* pairs(sale: Sale, points: Kill[], lane: Lane, random: Random): Generator<Job> {
  for (let pair = 1; pair <= Number(values.pairs); pair += 1) {
    const resumed = [...lane.resumed.values()].filter(({ nth }) => nth === 1); // later ones seldom come
    const later = resumed.length > 0 ? resumed : points;
    yield job(sale, `pair ${pair} of seed ${values.seed}`, [pick(points, random), pick(later, random)]);
  }
}

function* troubled(sale: Sale, points: Kill[], random: Random): Generator<Job> {
  for (let round = 1; round <= Number(values.troubled); round += 1) {
    for (const [name, trouble] of Object.entries(troubles)) {
      const kills = trouble.kills ? [pick(points, random)] : [];
      const at = random.between(0, trouble.places - 1);
      yield { ...job(sale, `${name} ${round} of seed ${values.seed}`, kills), trouble: trouble.begin(at) };
    }
  }
}

function shareOf(id: string, shares: number): number {
  return [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % shares;
}

const job = (sale: Sale, id: string, kills: Kill[]): Job => ({ id: `${sale} ${id}`, sale, kills });

function pick<T>(list: readonly T[], random: Random): T {
  const found = list[random.between(0, list.length - 1)];
  if (found === undefined) throw new Error('nothing to choose from');
  return found;
}

async function campaign(): Promise<void> {
  mkdirSync(dirname(values.out), { recursive: true });
  if (existsSync(values.out)) {
    for (const line of readFileSync(values.out, 'utf8').split('\n').filter(Boolean)) {
      const result: JobResult = JSON.parse(line);
      done.set(result.id, result);
    }
  }
  console.log(`seed ${values.seed}, Node-RED ${major}, Node.js ${process.version}, ${done.size} results known`);
  const sales = values.sales.split(',').filter((name): name is Sale => name in saleFlows);
  const isSame = (sale: Sale) => (other: Sale) => other === sale;
  await Promise.all(
    sales.map((sale, index) =>
      work(sale, sales.slice(0, index).filter(isSame(sale)).length, sales.filter(isSame(sale)).length),
    ),
  );
  const results = [...done.values()];
  console.log(table(results));
  const isProved = results.every(({ violations }) => violations.length === 0) && lateResumes(results) === 0;
  process.exitCode = isProved ? 0 : 1;
}

campaign().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
