import { OneAtATime } from '../../async/one-at-a-time';
import { invalid } from '../../errors';
import type { Authorizer, HttpClient } from '../../http/types';
import { readList } from './read';
import { readEvent } from './read-event';
import { readRecords } from './read-record';
import type { WapUsage } from './usage';

/** Items in one page at most (dn532189). */
const maxBatch = 10_000;

/** Basic authentication. Nothing to refresh, so a 401 is final.
 *  @throws INPUT_INVALID for a user name that Basic cannot carry */
export function basicAuth(user: string, password: string): Authorizer {
  if (user === '' || user.includes(':')) throw invalid('usage.user', 'a name without a colon', user);
  const header = `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
  return { header: async () => header };
}

/** @throws INPUT_INVALID naming the field */
function checkRange(field: string, value: unknown, min: number, max: number): void {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw invalid(field, `a whole number from ${min} to ${max}`, value);
}

/** WAP's usage API over HTTP; see WapUsage. No page states the order of events, so they are sorted here.
 *  @throws WAP_AUTH on 401; WAP_BAD_RESPONSE naming the bad element; INPUT_INVALID for a bad range
 *  Source: dn448739, dn448813, dn532189. */
export function openUsage(http: HttpClient): WapUsage {
  const turns = new OneAtATime();
  return {
    async events(feed, startId, batchSize, options) {
      checkRange('startId', startId, 0, Number.MAX_SAFE_INTEGER);
      checkRange('batchSize', batchSize, 1, maxBatch);
      const { signal } = options ?? {};
      return turns.run(feed, signal, async () => {
        const answer = await http.call({
          method: 'GET',
          path: `/billing/${feed}`,
          query: { startId, batchSize },
          repeatable: true,
          subject: `events of ${feed}`,
          accept: status => status === 404,
          ...(signal ? { signal } : {}),
        });
        if (answer.status === 404) return null;
        return readList(answer.body, feed, readEvent).sort((a, b) => a.EventId - b.EventId);
      });
    },
    async records(startId, batchSize, options) {
      checkRange('startId', startId, 0, Number.MAX_SAFE_INTEGER);
      checkRange('batchSize', batchSize, 1, maxBatch);
      const { signal } = options ?? {};
      return turns.run('usage', signal, async () => {
        const answer = await http.call({
          method: 'GET',
          path: '/usage',
          query: { startId, batchSize },
          repeatable: true,
          subject: 'usage records',
          read: 'both',
          ...(signal ? { signal } : {}),
        });
        return readRecords(answer.body);
      });
    },
  };
}
