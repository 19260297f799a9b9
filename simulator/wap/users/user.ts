import type { Open } from '../../../lib/wap/types';

/** SDK `User`, dn448791. `State`: 0 PendingValidation, 1 Active, 2 Suspended, 3 DeletePending. */
export interface User extends Open {
  Name: string;
  Email: string | null;
  State: number;
  CreatedTime: string;
  SubscriptionCount: number;
  ActivationSyncState: number;
  LastErrorMessage: string | null;
}
