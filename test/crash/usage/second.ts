/** A second Node-RED with the same flows on the same state file: kept out while the first lives, and its successor. */
import { startNodeRed } from '../../harness/node-red';
import type { Delivery, UsageWorld } from './world';

export interface Succession {
  /** What the second one did before the first had gone; nothing is right. */
  tooEarly: string[];
  /** The reason it gave for that. */
  refusal: string;
  /** What the first one delivered beside it, and then the second one. */
  deliveries: [Delivery, Delivery];
}

export async function succeed(usage: UsageWorld, count: number, seed: number): Promise<Succession> {
  const first = usage.world.nodeRed;
  const env = {
    ...usage.world.env,
    BILLING_STATE: usage.world.stateFile,
    CRASH_LOG: usage.file('second.log'),
  };
  const second = await startNodeRed({ major: first.major, env, flows: await first.flows() });
  try {
    const refusal = await second.waitLog(/is used by another process/);
    const before = await usage.deliver({ count, seed });
    const tooEarly = usage.points('second.log').filter(point => /(usage|billing|commit)/.test(point));
    await first.kill9();
    usage.use(second);
    const after = await usage.deliver({ count, seed: seed + 1 });
    return { tooEarly, refusal, deliveries: [before, after] };
  } finally {
    await (usage.world.nodeRed === second ? first : second).stop();
  }
}
