import { AdapterError } from '../../errors';
import type { WapAdmin } from '../client/admin';
import { findPlan } from '../client/look-up';
import type { Kind, ServiceQuota } from '../types';

/** The services of a plan or add-on with the quotas they have now, as WAP sent them. `kinds` are tried in their order.
 *  @throws WAP_NOT_FOUND when no plan or add-on has this id or display name */
export async function quotasOf(
  admin: WapAdmin,
  kinds: readonly Kind[],
  idOrName: string,
  signal: AbortSignal,
): Promise<ServiceQuota[]> {
  for (const kind of kinds) {
    const found = await findPlan(admin, kind, idOrName, { signal });
    if (found) return found.ServiceQuotas;
  }
  throw new AdapterError('WAP_NOT_FOUND', `WAP has no plan or add-on with the id or name "${idOrName}".`, {
    httpStatus: 404,
    subject: idOrName,
  });
}
