import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../harness/repository';

/** Ends a Node-RED the next time it passes a point of its store; see points.cjs. */
export class KillPlan {
  readonly #folder = mkdtempSync(join(tmpdir(), 'wap-billing-kill-'));
  readonly #file = join(this.#folder, 'plan.json');

  constructor() {
    this.arm(null);
  }

  /** For Node-RED's environment. */
  get env(): Record<string, string> {
    return {
      NODE_OPTIONS: `--require ${join(repository, 'test', 'crash', 'points.cjs')}`,
      ...{ CRASH_PLAN: this.#file, CRASH_LOG: join(this.#folder, 'points.log'), CRASH_PORTS: '{}' },
    };
  }

  arm(point: string | null): void {
    writeFileSync(this.#file, JSON.stringify({ run: Date.now(), kill: point && { point, nth: 1 } }));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
