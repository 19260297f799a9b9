/** What can go wrong beside a kill on the way from WAP's usage to billing. */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault, FaultRule } from '../../../simulator/fault';
import type { Random } from '../../../simulator/random';
import { until } from '../../harness/until';
import type { UsageTrouble, UsageWorld } from './world';

type Rule = Omit<FaultRule, 'path' | 'server'>;

const hourMs = 3_600_000;

/** From some request to WAP and some call to billing on. */
const faulty =
  (rule: Rule): ((random: Random) => UsageTrouble) =>
  random => {
    const [ofWap, ofBilling] = [random.between(0, 3), random.between(0, 5)];
    return ({ world }) => {
      const played: Fault[] = [
        world.wap.faults.add({ path: '/usage', server: 'usage', skip: ofWap, ...rule }),
        world.billing.faults.add({ path: '/usage', skip: ofBilling, ...rule }),
      ];
      return async () => {
        await until('the faults are met', () => played.every(({ hits }) => hits > 0), 10_000).catch(() => undefined);
        for (const fault of played) fault.remove();
        return played.some(({ hits }) => hits > 0);
      };
    };
  };

/** Billing has the effect, and its answer is still on the way when the process is killed. */
const killedBeforeTheAnswer = (random: Random): UsageTrouble => {
  const skip = random.between(0, 5);
  return ({ world }) => {
    const held = world.billing.faults.add({ path: '/usage', kind: 'hold', skip });
    const killed = held.untilHit().then(() => world.nodeRed.kill9());
    return async () => {
      const isMet = await until('the answer is held', () => held.hits > 0, 15_000).catch(() => false);
      if (isMet) await killed;
      held.remove();
      return isMet;
    };
  };
};

const bentPages =
  (): UsageTrouble =>
  ({ bender }) => {
    const before = bender.bent;
    bender.isOn = true;
    return async () => {
      const isMet = await until('pages were bent', () => bender.bent > before + 2, 15_000).catch(() => false);
      bender.isOn = false;
      return isMet;
    };
  };

/** Events that WAP has not decided on are settled a little later, one in three refused. */
export const pendingEvents = (random: Random): UsageTrouble => {
  const afterMs = random.between(200, 3000);
  return world => {
    const ids = world.nextEvents(60);
    const state = (index: number, isSettled: boolean) => {
      if (index % 3 === 0) return 0;
      if (!isSettled) return 2 + (index % 2);
      return index % 3 === 1 ? 0 : 1;
    };
    world.tell(new Map(ids.map((id, index) => [id, state(index, false)])));
    const settled = new Promise(resolve => setTimeout(resolve, afterMs)).then(() =>
      world.tell(new Map(ids.map((id, index) => [id, state(index, true)]))),
    );
    return () => settled.then(() => true);
  };
};

/** What is settled is old then, and pruned. In the end the clock is two hours behind. */
export const twoHoursLater: UsageTrouble = world => {
  world.pretend({ clockMs: 2 * hourMs });
  return async () => {
    world.pretend({ clockMs: -2 * hourMs });
    return true;
  };
};

/** The clock is set, and set back. */
const clockJumps =
  (signs: number[]) =>
  (random: Random): UsageTrouble => {
    const jumps = signs.map(sign => ({
      clockMs: sign * random.between(1, 72) * hourMs,
      afterMs: random.between(100, 1500),
    }));
    return world => {
      const jumped = (async () => {
        for (const { clockMs, afterMs } of jumps) {
          await new Promise(resolve => setTimeout(resolve, afterMs));
          world.pretend({ clockMs });
        }
        await new Promise(resolve => setTimeout(resolve, 1000));
      })();
      return async () => {
        await jumped;
        world.pretend({});
        return true;
      };
    };
  };

/** Where no state file can grow any more; `clear` makes room. */
export interface Disk {
  fill(world: UsageWorld): void;
  clear(world: UsageWorld): void;
}

export const limitedPages: Disk = {
  fill: world => world.pretend({ isFull: true }),
  clear: world => world.pretend({}),
};

/** A real file system with little room, which a file is made to fill. */
export function smallDisk(folder: string): Disk {
  const filler = join(folder, 'filler');
  return {
    fill: () => {
      const file = openSync(filler, 'a');
      for (let size = 65_536; size > 0; size = Math.floor(size / 2)) {
        try {
          for (;;) writeSync(file, Buffer.alloc(size));
        } catch {
          // No room for so much.
        }
      }
      closeSync(file);
    },
    clear: () => rmSync(filler, { force: true }),
  };
}

const isFullError = (message: Record<string, unknown>): boolean => /disk is full/.test(JSON.stringify(message));

/** It was the poll node that found it full. */
export const isFullForPoll = (message: Record<string, unknown>): boolean =>
  isFullError(message) && /"type":"wap-usage-poll"/.test(JSON.stringify(message));

/** Full after at most so long, until Node-RED has said so. */
export const diskFull =
  (disk: Disk, longestMs = 800, isTold = isFullError) =>
  (random: Random): UsageTrouble => {
    const afterMs = random.between(0, longestMs);
    return world => {
      if (afterMs === 0) disk.fill(world);
      const filled = new Promise<void>(resolve => setTimeout(resolve, afterMs)).then(() => disk.fill(world));
      return async () => {
        await filled;
        const { nodeRed } = world.world;
        const met = () => world.world.messages('caught').some(isTold) && nodeRed.running;
        const isMet = await until('the disk is full', met, 45_000).catch(() => false);
        disk.clear(world);
        return isMet;
      };
    };
  };

/** By name; each once without a kill and once with one. */
export const usageTroubles: Record<string, (random: Random) => UsageTrouble> = {
  'answers lost after the effect': faulty({ kind: 'reset-after', times: 3 }),
  '429 with Retry-After': faulty({ kind: 'rate', retryAfterS: 1, times: 4 }),
  '500': faulty({ kind: 'status', status: 500, times: 4 }),
  '500 after the effect': faulty({ kind: 'status', status: 500, afterEffect: true, times: 4 }),
  'connections that break': faulty({ kind: 'reset-before', times: 4 }),
  'answers later than the limit': faulty({ kind: 'delay', delayMs: 3000, times: 2 }),
  'answers cut in half': faulty({ kind: 'cut-json', times: 2 }),
  'short, unordered, repeating pages': bentPages,
  'pending events that settle': pendingEvents,
  'clock forward': clockJumps([1]),
  'clock back': clockJumps([-1]),
  'clock forward and back': clockJumps([1, -1]),
  'killed after the effect, before its answer': killedBeforeTheAnswer,
};
