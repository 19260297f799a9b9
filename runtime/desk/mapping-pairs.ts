import type { NodeAPI } from 'node-red';
import type { BillingConnection } from '../../lib/billing/connection';
import type { UsedScope } from '../../lib/desk/mapping';
import type { MappingScope } from '../../lib/mapping/mapping';
import type { WapConnection } from '../../lib/wap/connection';
import type { SharedHandle } from '../node/shared-handle';
import { deployed, through } from '../routes/choices-route';

/** A WAP and a billing system whose ids nodes of the deployed flows map to each other. */
export interface MappingPair {
  wap: SharedHandle<WapConnection>;
  billing: SharedHandle<BillingConnection>;
  /** Ids of both nodes. */
  through: { wap: string; billing: string };
}

/** Those of the nodes that keep their mapping in a `billing-state`. */
export function pairsIn(RED: NodeAPI, stateId: string): MappingPair[] {
  const pairs = new Map<string, MappingPair>();
  RED.nodes.eachNode(node => {
    const { state, connection, billing } = node as { state?: unknown; connection?: unknown; billing?: unknown };
    if (state !== stateId || typeof connection !== 'string' || typeof billing !== 'string') return;
    const ours = deployed<WapConnection>(RED, 'wap-connection', connection);
    const theirs = deployed<BillingConnection>(RED, 'billing-connection', billing);
    if (ours && theirs)
      pairs.set(`${connection} ${billing}`, { wap: ours, billing: theirs, through: { wap: connection, billing } });
  });
  return [...pairs.values()];
}

/** Whose ids these are. A connection that cannot be opened says why in its own node. */
export async function scopesOf(pairs: readonly MappingPair[]): Promise<UsedScope[]> {
  const named = async (pair: MappingPair) => ({ ...(await scopeOf(pair)), through: pair.through });
  const scopes = await Promise.all(pairs.map(pair => named(pair).catch(() => null)));
  return scopes.filter(scope => scope !== null);
}

/** The pair of a scope, if there is one. */
export async function pairOf(
  pairs: readonly MappingPair[],
  { installation, target }: MappingScope,
): Promise<MappingPair | null> {
  for (const pair of pairs) {
    const scope = await scopeOf(pair).catch(() => null);
    if (scope?.installation === installation && scope.target === target) return pair;
  }
  return null;
}

const scopeOf = ({ wap, billing }: MappingPair): Promise<MappingScope> =>
  through(wap, async ({ installation }) => through(billing, async ({ target }) => ({ installation, target })));
