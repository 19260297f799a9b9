/** Many daily sales at once in one process that is killed at random moments.
 *    node --require tsx/cjs test/crash/many.ts [--count 500] [--kills 5] [--seed 1] [--major 4] */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Random } from '../../../simulator/random';
import type { Major } from '../../harness/repository';
import { until } from '../../harness/until';
import { orderOf } from './flows';
import { CrashWorld } from './world';

export interface ManySales {
  major: Major;
  count: number;
  kills: number;
  seed: number;
}

export interface ManyResult {
  violations: string[];
  ms: number;
  /** From the start of each resumed process's flows to its first durable transaction. */
  resumeMs: number[];
  /** The longest time in which the event loop of Node-RED did not answer an HTTP request. */
  slowestAnswerMs: number;
}

export async function sellMany({ major, count, kills, seed }: ManySales): Promise<ManyResult> {
  const random = new Random(seed);
  const crash = await CrashWorld.start('daily', major);
  const began = Date.now();
  try {
    const numbers = Array.from({ length: count }, (_, index) => index + 1);
    let slowestAnswerMs = 0;
    const timed = async <T>(call: Promise<T>): Promise<T> => {
      const from = Date.now();
      const answer = await call;
      slowestAnswerMs = Math.max(slowestAnswerMs, Date.now() - from);
      return answer;
    };
    await crash.orderAll(numbers);
    for (let kill = 0; kill < kills; kill += 1) {
      const share = random.between(5, 60) / 100;
      await until(`${share} of the sales`, () => crash.world.wap.state.plans.length >= count * share, 120_000);
      await crash.killAndRestart();
      await crash.orderAll(numbers.filter(number => !isKnown(crash, number)));
    }
    await until(
      'every sale ends',
      async () => {
        await pause(500); // the list of all is work of its own
        const runs = await timed(crash.runs());
        return runs.length === count && runs.every(({ state }) => state === 'completed');
      },
      300_000,
    );
    const violations = await wrongSales(crash, numbers, kills);
    const resumeMs = crash.resumes();
    return { violations, ms: Date.now() - began, resumeMs, slowestAnswerMs };
  } finally {
    await crash.stop();
  }
}

/** Its plan is in WAP, so its run was stored. */
function isKnown({ world }: CrashWorld, number: number): boolean {
  const { topic } = orderOf('daily', number);
  return world.wap.state.plans.some(({ DisplayName }) => DisplayName === topic);
}

async function wrongSales(crash: CrashWorld, numbers: number[], kills: number): Promise<string[]> {
  const { plans } = crash.world.wap.state;
  const { offers } = crash.world.billing.state;
  const mapping = await crash.mapping();
  return numbers.flatMap(number => {
    const { topic } = orderOf('daily', number);
    const mine = plans.filter(({ DisplayName }) => DisplayName === topic);
    const [plan] = mine;
    const sold = offers.filter(({ name }) => name === topic);
    const [offer] = sold;
    const entry = mapping.find(({ wapId }) => wapId === plan?.Id);
    const notices = crash.world.messages('notified').filter(({ key }) => key === topic).length;
    const wrong: string[] = [];
    if (mine.length !== 1 || plan?.State !== 1 || plan.ConfigState !== 1) wrong.push(`${mine.length} plans`);
    if (sold.length !== 1 || offer?.state !== 'active' || offer.key !== plan?.Id) wrong.push(`${sold.length} offers`);
    if (entry?.billingId !== offer?.id) wrong.push('its mapping is wrong');
    if (notices < 1 || notices > 1 + kills) wrong.push(`${notices} notifications`);
    return wrong.map(text => `${topic}: ${text}`);
  });
}

if (require.main === module) {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '500' },
      kills: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
      major: { type: 'string', default: '4' },
    },
  });
  const wanted = { count: Number(values.count), kills: Number(values.kills), seed: Number(values.seed) };
  sellMany({ ...wanted, major: values.major === '5' ? 5 : 4 }).then(
    result => {
      console.log(JSON.stringify({ ...wanted, ...result }));
      process.exitCode = result.violations.length > 0 ? 1 : 0;
    },
    error => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}
