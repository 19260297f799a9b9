/** Properties by fast-check: failures of earlier times are tried first, and a new one says how to keep it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { repository } from './repository';

/** What a failure prints, as it is kept in test/seeds.json. `path` leads to the shrunk case. */
export interface KeptSeed {
  /** The name given to `holds`. */
  property: string;
  seed: number;
  path: string;
  /** When it failed, and for which defect. */
  about: string;
}

/** Of fast-check. */
const usualRuns = 100;

const file = join(repository, 'test', 'seeds.json');
const readSeeds = (): KeptSeed[] => JSON.parse(readFileSync(file, 'utf8'));

type Parameters<T> = fc.Parameters<T>;

/** As `fc.assert`. `name` is unique in the repository. A kept seed leads to its case as long as the generators are what they
 *  were; once they change, it is a case like any other. `npm run check` tries a share of the cases. */
export function holds<T>(
  name: string,
  property: fc.IProperty<T>,
  parameters?: Parameters<T>,
  kept?: readonly KeptSeed[],
): void;
export function holds<T>(
  name: string,
  property: fc.IAsyncProperty<T>,
  parameters?: Parameters<T>,
  kept?: readonly KeptSeed[],
): Promise<void>;
export function holds<T>(
  name: string,
  property: fc.IRawProperty<T>,
  parameters: Parameters<T> = {},
  kept: readonly KeptSeed[] = readSeeds(),
): Promise<void> | void {
  const mine = kept.filter(each => each.property === name);
  const share = Number(process.env.WAP_BILLING_PROPERTY_SHARE ?? 1);
  const fewer = { ...parameters, numRuns: Math.ceil((parameters.numRuns ?? usualRuns) * share) };
  const runs = [...mine.map(({ seed, path }) => ({ ...parameters, seed, path, endOnFailure: true })), fewer];
  if (property.isAsync()) return inTurn(name, property, runs);
  for (const run of runs) check(name, fc.check(property, run) as fc.RunDetails<T>);
}

async function inTurn<T>(name: string, property: fc.IRawProperty<T>, runs: Array<Parameters<T>>): Promise<void> {
  for (const run of runs) check(name, await (fc.check(property, run) as Promise<fc.RunDetails<T>>));
}

function check<T>(name: string, details: fc.RunDetails<T>): void {
  if (!details.failed) return;
  const { seed, counterexamplePath: path } = details;
  const kept = { property: name, seed, path: path ?? '', about: '' };
  const sentence = `Keep this case in test/seeds.json: ${JSON.stringify(kept)}`;
  throw new Error(`${fc.defaultReportMessage(details)}\n${sentence}`, { cause: details.errorInstance });
}
