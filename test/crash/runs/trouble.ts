/** What can go wrong beside a kill: faults of the peers, tokens that end, deploys in the middle of a request. */
import type { Faults } from '../../../simulator/faults';
import type { DeployKind } from '../../harness/admin-api';
import type { CrashWorld } from './world';

export interface Trouble {
  /** Whether a kill at a random point comes on top. */
  kills: boolean;
  /** At how many places it can begin. */
  places: number;
  /** For place number `at`: begins when it is called; what it returns waits for its end. */
  begin(at: number): (crash: CrashWorld) => () => Promise<void>;
}

type Rule = Omit<Parameters<Faults['add']>[0], 'path'>;

/** The `at`th request of a sale to WAP or, for odd numbers, to billing. */
function placeOf({ world }: CrashWorld, at: number): { faults: Faults; rule: Pick<Rule, 'skip' | 'server'> } {
  const isBilling = at % 2 === 1;
  const skip = Math.floor(at / 2);
  return isBilling
    ? { faults: world.billing.faults, rule: { skip: skip % 6 } }
    : { faults: world.wap.faults, rule: { skip, server: 'admin' } };
}

const fault = (kills: boolean, wanted: Rule): Trouble => ({
  kills,
  places: 40,
  begin: at => crash => {
    const { faults, rule } = placeOf(crash, at);
    const played = faults.add({ path: /^\//, ...rule, ...wanted });
    return async () => played.remove();
  },
});

/** An answer is held while something is done, which `letGo` or its end lets go. */
const meanwhile = (act: (crash: CrashWorld, at: number, letGo: () => void) => Promise<void>): Trouble => ({
  kills: false,
  places: 40,
  begin: at => crash => {
    const { faults, rule } = placeOf(crash, at);
    const held = faults.add({ path: /^\//, kind: at % 3 === 0 ? 'hold-before' : 'hold', ...rule });
    let isOver = false;
    const done = held.untilHit().then(async () => {
      if (isOver) return;
      await act(crash, at, () => held.remove());
      held.remove();
    });
    return async () => {
      isOver = true;
      if (held.hits > 0) await done;
      held.remove();
    };
  },
});

/** The flows are deployed. `nodes` and `flows` change the start node for even places, else the node that publishes. */
const deploy = (kind: DeployKind): Trouble => meanwhile((crash, at) => crash.redeploy(kind, at % 4 < 2));

export const troubles: Record<string, Trouble> = {
  'lost answer and a kill': fault(true, { kind: 'reset-after' }),
  'lost answers': fault(false, { kind: 'reset-after', times: 2 }),
  'failure after the effect and a kill': fault(true, { kind: 'status', status: 500, afterEffect: true }),
  'failures and a kill': fault(true, { kind: 'status', status: 503, times: 3 }),
  'cut answer and a kill': fault(true, { kind: 'cut-json' }),
  'tokens end and a kill': {
    kills: true,
    places: 40,
    begin: at => crash => {
      const rule = { path: /^\//, server: 'admin', kind: 'delay', delayMs: 1, skip: Math.floor(at / 2) } as const;
      const played = crash.world.wap.faults.add(rule);
      played.untilHit().then(
        () => crash.world.wap.revokeTokens(),
        () => undefined,
      );
      return async () => played.remove();
    },
  },
  // With other values, until the run has stopped at the changed step.
  'flow edited and put back': meanwhile((crash, _at, letGo) => crash.editMeanwhile(letGo)),
  'deploy full': deploy('full'),
  'deploy flows': deploy('flows'),
  'deploy nodes': deploy('nodes'),
};
