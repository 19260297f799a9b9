import assert from 'node:assert/strict';
import { readApproval } from '../../lib/calls/approval-request';
import { packBody, readBody } from '../../lib/feeds/records/body';
import { parseExact } from '../../lib/json';
import { readRecords } from '../../lib/wap/client/read-record';

const record =
  '[{"EventId":7,"ExternalRecordId":null,"ResourceId":null,"StartTime":"2026-01-01T00:00:00","EndTime":"2026-01-01T01:00:00",' +
  '"ProviderName":"p","ServiceType":"s","SubscriptionId":123456789012345779,"Properties":null,"Resources":{},"Row":9007199254740993}]';

describe('ids beyond 2^53 are kept as they came', () => {
  it('in usage records, and in the page that is kept of them', async () => {
    const page = readRecords({ bytes: Buffer.from(record), json: parseExact(record) });
    const [kept] = await readBody({ ...(await packBody(page.json)), firstId: 7, total: 1, ids: '' });
    for (const one of [page.records[0], kept])
      assert.deepEqual([one?.SubscriptionId, one?.Row], ['123456789012345779', '9007199254740993']);
  });

  it('in a stored page as WAP sent it', async () => {
    const plain = record.replace('123456789012345779', '"s1"');
    const page = readRecords({ bytes: Buffer.from(plain), json: parseExact(plain) });
    const [kept] = await readBody({ ...(await packBody(page.json)), firstId: 7, total: 1, ids: '' });
    assert.deepEqual([page.records[0]?.Row, kept?.Row], ['9007199254740993', '9007199254740993']);
  });

  it('in what WAP asks about a purchase', () => {
    const body = '{"EventId":7,"Method":"POST","Entity":{"SubscriptionID":"s1","AccountId":123456789012345779}}';
    assert.equal(readApproval('plan', Buffer.from(body)).subscription.AccountId, '123456789012345779');
  });
});
