import type { Clock } from '../../async/clock';
import type { UsageSink } from '../../billing/usage-port';
import type { AdapterError } from '../../errors';
import type { RebuildMark } from '../../feeds/records/batch';
import type { Store } from '../../state/port';
import type { MappingScope } from '../../state/tables/mapping-entry';
import type { Days } from '../totals/days';
import type { SentQuantity } from './outcome';
import type { SentRecord } from './records-of';
import type { UsageSender } from './sender';
import type { SharedSteps } from './shared-steps';

/** What the messages of one node are sent with. */
export interface SendTools {
  store: Store;
  clock: Clock;
  scope: MappingScope;
  sink: UsageSink;
  sender: UsageSender;
  shared: SharedSteps;
  /** The days by which the totals of what billing has are kept. */
  days: Days;
}

/** How the quantities of one message are sent and settled. */
export interface DeliveryContext extends SendTools {
  /** What is acknowledged where the quantities do not say it; null: nothing is. */
  token: string | null;
  /** `batch`: the message stands for its whole delivery, records without quantities included. `own`: for the records whose
   *  quantities it has, and for `without`. */
  carries: 'batch' | 'own';
  /** Records of the message that gave no quantity. */
  without: readonly number[];
  /** How many nodes get a copy of each record and acknowledge it. */
  copies: number;
  /** Which delivery of the records this is, from 1. */
  attempt: number;
  /** The replay that the quantities are of, if its totals are counted from nothing. */
  rebuild: RebuildMark | null;
}

/** What became of a message's quantities. */
export interface Delivered {
  sent: SentQuantity[];
  records: SentRecord[];
  /** Records that gave no quantity. */
  without: readonly number[];
  /** Why billing could not be asked, if so. */
  failure: AdapterError | null;
}
