import { AdapterError } from './errors';

/** A node's settings as a flow keeps them, by property. */
export type Settings = Readonly<Record<string, unknown>>;

/** Turns settings of one version into those of the next. Pure; leaves unknown properties alone. */
export type Migration = (before: Settings) => Settings;

/** The migrations of each node type, oldest first; the first one makes version 2. Never edited once released; each has its
 *  pairs of objects in test/unit/settings-version.test.ts. */
export const migrations: Readonly<Record<string, readonly Migration[]>> = {};

/** Nodes saved without a version number have version 1; properties they lack have their default. */
const first = 1;

/** The version that a node of this type is saved with. */
export const currentVersion = (type: string, known = migrations): number => first + (known[type]?.length ?? 0);

/** Saved settings as this version of the package reads them. Pure: the flow keeps what it has until the node is saved again.
 *  @throws INPUT_CONFIG when a newer version of the package saved them */
export function upToDate<S extends Settings>(type: string, saved: S, known = migrations): S & Settings {
  const given = Number(saved.settingsVersion ?? first);
  const current = currentVersion(type, known);
  if (!(given <= current)) {
    throw AdapterError.advising(
      'INPUT_CONFIG',
      `A newer version of this package saved this node (settings version ${given}; this one reads up to ${current}). Update the package, or import the flow that was saved before.`,
      { subject: 'settingsVersion' },
    );
  }
  if (given === current) return saved;
  const steps = (known[type] ?? []).slice(Math.max(given, first) - first);
  const after = steps.reduce<Settings>((settings, up) => up(settings), saved);
  return { ...saved, ...after, settingsVersion: current };
}
