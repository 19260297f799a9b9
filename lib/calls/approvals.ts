import type { Clock } from '../async/clock';
import type { Store } from '../state/port';
import type { DecidedApproval, Decision } from '../state/tables/approval';
import type { Kind } from '../wap/types';
import { approvalPaths, approvalVerbs, readApproval } from './approval-request';
import type { CallCredentials } from './basic';
import { DecisionBook } from './decision-book';
import { type CallHandler, callHandler, type Reply } from './handler';
import { openEndpoint } from './open-endpoints';
import { bodyReader } from './read-body';
import { type AskedApproval, WaitingApprovals } from './waiting-approvals';

/** How approval requests are served; times in ms. `late`: the answer where the flow gives none in time. */
export interface ApprovalsOptions {
  store: Store;
  clock: Clock;
  /** The prefix WAP asks under; it tells the decisions of two WAPs apart. */
  endpoint: string;
  /** Which node it is, for whoever wants the same prefix. */
  owner: string;
  credentials: CallCredentials;
  maxBytes: number;
  bodyMs: number;
  deadlineMs: number;
  late: Decision;
  /** How long decisions are kept for repeats. */
  retentionMs: number;
  signal: AbortSignal;
  ask(asked: AskedApproval): void;
  told(decided: DecidedApproval): void;
  refused(): void;
  fail(error: unknown): void;
}

/** Old decisions are few, so once an hour is enough. */
const pruneEveryMs = 3_600_000;

/** Serves WAP's approval requests (dn528456) until the signal aborts: the handlers of both paths, in lower case.
 *  @throws INPUT_CONFIG when another node has the prefix */
export async function openApprovals(options: ApprovalsOptions): Promise<Record<string, CallHandler>> {
  const { store, clock, endpoint, owner, deadlineMs, late, signal, ask, told } = options;
  const book = await DecisionBook.open(store, endpoint);
  const waiting = new WaitingApprovals({ book, clock, deadlineMs, late, signal, ask, told });
  await book.prune(clock.now() - options.retentionMs);
  const leave = openEndpoint('approval', endpoint, waiting, owner);
  const close = () => {
    leave();
    waiting.close();
  };
  if (signal.aborted) close();
  signal.addEventListener('abort', close, { once: true });
  keepPruning(book, options).catch(error => {
    if (!signal.aborted) options.fail(error);
  });
  return Object.fromEntries(Object.entries(approvalPaths).map(([path, kind]) => [path, serve(kind, waiting, options)]));
}

/** The handler of one path. What fails after the node was closed is nobody's concern any more. */
function serve(kind: Kind, waiting: WaitingApprovals, options: ApprovalsOptions): CallHandler {
  const { credentials, maxBytes, bodyMs, clock, refused, fail, signal } = options;
  const failUnlessClosed = (error: unknown) => {
    if (!signal.aborted) fail(error);
  };
  const readBody = bodyReader({ maxBytes, maxMs: bodyMs, clock });
  return callHandler(
    { verbs: approvalVerbs, credentials, maxBytes, bodyMs, clock, refused, fail: failUnlessClosed },
    async request => {
      return replyOf(await waiting.decide(readApproval(kind, await readBody(request))));
    },
  );
}

/** WAP looks at the status alone: below 400 is yes (dn528456). The reason is for the operator, not for the tenant. */
function replyOf({ eventId, decision }: DecidedApproval): Reply {
  return decision === 'approve' ? { status: 204 } : { status: 403, body: { eventId, decision } };
}

/** Ends with the signal, by the rejected sleep. */
async function keepPruning(book: DecisionBook, { clock, signal, retentionMs }: ApprovalsOptions): Promise<void> {
  for (;;) {
    await clock.sleep(pruneEveryMs, signal);
    await book.prune(clock.now() - retentionMs);
  }
}
