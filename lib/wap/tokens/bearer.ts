import type { Clock } from '../../async/clock';
import { AdapterError, invalid } from '../../errors';
import type { Authorizer } from '../../http/types';
import { notYet } from './cache';
import { timesOf } from './jwt';

/** APIs tolerate clocks that differ by this much. */
const toleratedMs = 5 * 60_000;

/** A token made elsewhere (for example by `Get-MgmtSvcToken`). It cannot be renewed here, so a 401 is final.
 *  @throws INPUT_INVALID when it is none; the header throws WAP_AUTH once its `exp` has passed, or
 *  before its `nbf` */
export function fixedBearer(given: string, clock: Clock): Authorizer {
  const token = given.trim().replace(/^bearer\s+/i, '');
  if (!/^[\x21-\x7e]+$/.test(token)) throw invalid('token.token', 'one bearer token without blanks', given);
  const { expiresAt, notBefore } = timesOf(token);
  return {
    async header() {
      if (expiresAt !== null && expiresAt <= clock.now()) {
        const when = new Date(expiresAt).toISOString();
        throw AdapterError.advising(
          'WAP_AUTH',
          `The token of the connection ended at ${when}: get a new one (for example by Get-MgmtSvcToken), or let the connection get its own with user and password.`,
          { subject: 'token' },
        );
      }
      if (notBefore !== null && notBefore > clock.now() + toleratedMs)
        throw notYet(notBefore, 'The token of the connection');
      return `Bearer ${token}`;
    },
  };
}
