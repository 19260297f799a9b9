import type { Clock } from '../async/clock';
import { type CheckedPart, partOf } from '../checked';
import { AdapterError } from '../errors';
import { checkCertificates } from '../http/certificate';
import type { Authorizer, HttpSettings } from '../http/types';
import type { WapAdmin } from './client/admin';
import type { WapUsage } from './client/usage';

interface Checked {
  authorizer: Authorizer;
  admin: WapAdmin;
  /** `null` when the connection has no usage API. */
  usage: WapUsage | null;
  /** Every address that the connection uses. */
  addresses: string[];
  http: Pick<HttpSettings, 'tls' | 'oldTls' | 'proxy'>;
  clock: Clock;
}

/** *Test connection*, part by part, so that it shows which address or credential is wrong. Never throws. A refused password is
 *  not tried a second time: that could lock the account. */
export async function checkWap(checked: Checked, signal: AbortSignal): Promise<CheckedPart[]> {
  const { usage, addresses, http, clock } = checked;
  const [[token, admin], ...others] = await Promise.all([
    checkAdmin(checked, signal),
    partOf('usage', async () => (usage ? checkUsage(usage, signal) : { ok: null, found: 'noUsage' })),
    partOf('certificate', () => checkCertificates(addresses, http, clock, signal)),
  ]);
  return [token, admin, ...others];
}

/** A token, and only with one a list of plans. */
async function checkAdmin({ authorizer, admin }: Checked, signal: AbortSignal): Promise<[CheckedPart, CheckedPart]> {
  const token = await partOf('token', async () => {
    await authorizer.header(signal);
    return { ok: true, found: 'token' };
  });
  if (!token.ok) return [token, { part: 'admin', ok: null, found: 'noToken' }];
  const answered = await partOf('admin', async () => {
    const plans = await admin.list('plan', { signal });
    return { ok: true, found: 'plans', values: { count: plans.length } };
  });
  return [token, answered];
}

/** One event of the feed of plans. @throws WAP_NOT_FOUND when the address serves no feeds; WAP_… */
async function checkUsage(usage: WapUsage, signal: AbortSignal) {
  if (await usage.events('plans', 0, 1, { signal })) return { ok: true, found: 'usage' };
  throw AdapterError.advising('WAP_NOT_FOUND', 'usageUrl: this address has no /billing/plans: is it right?', {
    httpStatus: 404,
    subject: 'usageUrl',
  });
}
