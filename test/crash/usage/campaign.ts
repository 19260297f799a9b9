/** Usage to billing, killed at every named point and amid other trouble, with billing's ledger compared after each run;
 *  resumable, bounded, with a table at the end.
 *    node --require tsx/cjs test/crash/usage-campaign.ts [--minutes 30] [--rounds 50] [--count 3000] [--seed 1] [--major 4]
 *      [--out .tmp/usage-crash.jsonl] [--disk <folder on a small disk that may be filled>] [--only <part of a name>]
 *      [--limit <seconds until a run has to end>]
 *  What is in the file of results already is not done again. */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../../../simulator/random';
import { type Major, repository } from '../../harness/repository';
import { usagePoints } from './points';
import { succeed } from './second';
import { isRight, type UsageResult, usageTable } from './table';
import { diskFull, limitedPages, smallDisk, twoHoursLater, usageTroubles } from './trouble';
import { type Delivery, UsageWorld, type Wanted } from './world';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rounds: { type: 'string', default: '50' },
    count: { type: 'string', default: '3000' },
    seed: { type: 'string', default: '1' },
    major: { type: 'string', default: '4' },
    out: { type: 'string', default: join(repository, '.tmp', 'usage-crash.jsonl') },
    disk: { type: 'string' },
    limit: { type: 'string', default: '120' },
    only: { type: 'string', default: '' },
  },
});
const major: Major = values.major === '5' ? 5 : 4;
const endsAt = Date.now() + Number(values.minutes) * 60_000;
const done = new Map<string, UsageResult>();

/** So many runs in one world: its feed and ledger grow. More records come than are kept, so that pruning begins. */
const runsAWorld = 48;

interface Job extends Pick<Wanted, 'kills' | 'trouble' | 'lateMs'> {
  id: string;
  what: string;
  isSuccession?: boolean;
}

function* jobs(): Generator<Job> {
  const disk = values.disk === undefined ? limitedPages : smallDisk(values.disk);
  const troubles = { ...usageTroubles, 'disk full': diskFull(disk) };
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    const random = new Random(Number(values.seed) * 1000 + round);
    const at = (what: string) => ({ id: `${major} ${what} ${round} of seed ${values.seed}`, what });
    const anyTime = () => ({ afterMs: random.between(50, 4000) });
    const points = Object.entries(usagePoints);
    const atPoint = ([name, { like, most }]: (typeof points)[number]): Job => {
      // What is left after a kill passes fewer points.
      const nths = [most, Math.ceil(most / 2), 1].map(highest => random.between(1, highest));
      return { ...at(name), kills: nths.map(nth => ({ like, nth })) };
    };
    const isPruning = ([name]: (typeof points)[number]) => /prun/.test(name);
    for (const point of points.filter(each => !isPruning(each))) yield atPoint(point);
    yield { ...at('three points of any kind'), kills: [1, 2, 3].map(() => anyPoint(random)) };
    yield { ...at('at any time'), kills: [1, 2, 3].map(anyTime) };
    for (const [name, begin] of Object.entries(troubles)) {
      yield { ...at(name), trouble: begin(random) };
      yield { ...at(`${name}, and a kill`), trouble: begin(random), kills: [anyTime()] };
    }
    for (const point of points.filter(isPruning)) yield { ...atPoint(point), trouble: twoHoursLater };
    yield { ...at('a second Node-RED on the same file'), isSuccession: true };
    yield { ...at('ids that show late'), lateMs: random.between(1000, 4000) };
    yield { ...at('ids that show late, and a kill'), lateMs: random.between(1000, 4000), kills: [anyTime()] };
  }
}

function anyPoint(random: Random) {
  const all = Object.values(usagePoints);
  const { like, most } = all[random.between(0, all.length - 1)] ?? { like: '^sent billing', most: 1 };
  return { like, nth: random.between(1, Math.ceil(most / 2)) };
}

async function run(world: UsageWorld, job: Job, seed: number): Promise<UsageResult> {
  const { id, what, isSuccession = false, ...wanted } = job;
  const count = Number(values.count);
  const delivery = isSuccession
    ? await succession(world, count, seed)
    : await world.deliver({ count, seed, ...wanted });
  world.pretend({});
  const { lost, twice, wrong, ...rest } = delivery;
  const evidence = [lost, twice, wrong].flatMap(each => each.slice(0, 5));
  const counts = { lost: lost.length, twice: twice.length, wrong: wrong.length };
  return { id, what, planned: wanted.kills?.length ?? 0, ...rest, ...counts, evidence, isJudged: true };
}

/** Both deliveries as one. Whatever the second Node-RED does while the first lives is wrong. */
async function succession(world: UsageWorld, count: number, seed: number): Promise<Delivery> {
  const { tooEarly, deliveries } = await succeed(world, count, seed + 1_000_000);
  const [one, other] = deliveries;
  return {
    records: one.records + other.records,
    quantities: one.quantities + other.quantities,
    kills: 1,
    met: true,
    ms: one.ms + other.ms,
    lost: [...one.lost, ...other.lost],
    twice: [...one.twice, ...other.twice],
    wrong: [...one.wrong, ...other.wrong, ...tooEarly],
  };
}

function note(result: UsageResult): void {
  done.set(result.id, result);
  appendFileSync(values.out, `${JSON.stringify(result)}\n`);
  const verdict = isRight(result) ? 'ok' : `WRONG ${result.evidence.join(' | ')}`;
  console.log(
    `${result.ms} ms  ${result.kills}/${result.planned} kills${result.met ? ', met' : ''}  ${result.id}: ${verdict}`,
  );
}

async function open(): Promise<UsageWorld> {
  const folder = values.disk === undefined ? {} : { stateFolder: mkdtempSync(join(values.disk, 'state-')) };
  return UsageWorld.start(major, { ...folder, limitMs: Number(values.limit) * 1000 });
}

async function campaign(): Promise<void> {
  let world: UsageWorld | undefined;
  let runs = 0;
  try {
    for (const job of jobs()) {
      if (Date.now() > endsAt) break;
      if (done.has(job.id) || !job.id.includes(values.only)) continue;
      if (runs % runsAWorld === 0) {
        await world?.stop();
        world = undefined;
      }
      runs += 1;
      const began = Date.now();
      try {
        world ??= await open();
        const result = await run(world, job, runs);
        note(result);
        if (isRight(result)) continue;
      } catch (error) {
        const evidence = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
        const nothing = { records: 0, quantities: 0, kills: 0, met: false, lost: 0, twice: 0, wrong: 0 };
        const { id, what, kills = [] } = job;
        const ms = Date.now() - began;
        note({ id, what, planned: kills.length, ...nothing, ms, evidence, isJudged: false });
      }
      // What went wrong must not spoil the runs after it.
      await world?.stop();
      world = undefined;
    }
  } finally {
    await world?.stop();
  }
}

function readDone(): void {
  mkdirSync(dirname(values.out), { recursive: true });
  if (!existsSync(values.out)) return;
  for (const line of readFileSync(values.out, 'utf8').split('\n').filter(Boolean)) {
    const result: UsageResult = JSON.parse(line);
    done.set(result.id, result);
  }
}

readDone();
console.log(`seed ${values.seed}, Node-RED ${major}, Node.js ${process.version}, ${done.size} results known`);
campaign()
  .then(() => {
    const results = [...done.values()];
    console.log(usageTable(results));
    process.exitCode = results.every(isRight) ? 0 : 1;
  })
  .catch(error => {
    console.error(error);
    process.exitCode = 1;
  });
