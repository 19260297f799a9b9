import { statement, type Tx } from '../port';

/** What WAP can be told about an event it asks about. */
export type Decision = 'approve' | 'deny';

/** The answer that WAP got for one event, and where it came from: the flow, the deadline, or the rule that updates are
 *  accepted. */
export interface DecidedApproval {
  /** The URL prefix under which WAP asks; each WAP has its own. */
  endpoint: string;
  eventId: number;
  /** Identifies the question; the same for each repeat of it. */
  about: string;
  decision: Decision;
  reason: string | null;
  decidedBy: 'flow' | 'deadline' | 'rule';
  /** The question that was answered. */
  token: string;
  /** ms UTC. */
  decidedAt: number;
}

interface ApprovalRow {
  endpoint: string;
  event_id: number;
  about: string;
  decision: string;
  reason: string | null;
  decided_by: string;
  token: string;
  decided_at: number;
}

const columns = 'endpoint, event_id, about, decision, reason, decided_by, token, decided_at';

/** The first decision on an event is final, unless it is an old one on another event that had the same id. */
const add = statement(`
  INSERT INTO approval (${columns})
  VALUES (:endpoint, :eventId, :about, :decision, :reason, :decidedBy, :token, :decidedAt)
  ON CONFLICT (endpoint, event_id) DO UPDATE SET about = excluded.about, decision = excluded.decision,
    reason = excluded.reason, decided_by = excluded.decided_by, token = excluded.token, decided_at = excluded.decided_at
  WHERE approval.about <> excluded.about AND approval.decided_at < :oldBefore`);
const find = statement<ApprovalRow>(
  `SELECT ${columns} FROM approval WHERE endpoint = :endpoint AND event_id = :eventId`,
);
const highest = statement<{ event_id: number }>(
  'SELECT event_id FROM approval WHERE endpoint = :endpoint ORDER BY event_id DESC LIMIT 1',
);
const prune = statement('DELETE FROM approval WHERE endpoint = :endpoint AND decided_at < :before');

/** Stores a decision unless its event has one; answers the decision that counts. One on another event under the same id is
 *  replaced if it was made before `oldBefore`. */
export async function addDecision(tx: Tx, decided: DecidedApproval, oldBefore: number): Promise<DecidedApproval> {
  if ((await tx.change(add, { ...decided, oldBefore })) > 0) return decided;
  return (await findDecision(tx, decided.endpoint, decided.eventId)) ?? decided;
}

/** The decision on an event; null without one. Whether it is about the same question is for the caller to see (`about`). */
export async function findDecision(tx: Tx, endpoint: string, eventId: number): Promise<DecidedApproval | null> {
  const [row] = await tx.rows(find, { endpoint, eventId });
  if (!row) return null;
  return {
    endpoint: row.endpoint,
    eventId: row.event_id,
    about: row.about,
    decision: row.decision as Decision,
    reason: row.reason,
    decidedBy: row.decided_by as DecidedApproval['decidedBy'],
    token: row.token,
    decidedAt: row.decided_at,
  };
}

/** The highest event id with a decision; -1 without any. */
export async function highestDecided(tx: Tx, endpoint: string): Promise<number> {
  const [row] = await tx.rows(highest, { endpoint });
  return row?.event_id ?? -1;
}

/** Forgets decisions made before a time (ms UTC); answers how many. */
export async function pruneDecisions(tx: Tx, endpoint: string, before: number): Promise<number> {
  return tx.change(prune, { endpoint, before });
}
