import assert from 'node:assert/strict';
import { recentRecords } from '../../../../lib/feeds/records/find-record';
import { explain, pastedRecords } from '../../../../lib/usage/meter/explain';
import { readRules } from '../../../../lib/usage/meter/read-rules';
import { readyRules } from '../../../../lib/usage/meter/ready-rules';
import { RuleBook } from '../../../../lib/usage/meter/rule';
import type { UsageRecord } from '../../../../lib/wap/types';
import { aRecord } from './records';

const ready = new RuleBook(readRules(readyRules));

describe('what becomes of a record', () => {
  it('is said of each value: its rule, and what it is billed as', () => {
    const Resources = { TotalAllottedSpace: '10', DatabaseCount: '-1', Sold: '3' };
    const { fates, quantities, fault } = explain(aRecord({ Resources }), ready);
    assert.deepEqual(
      fates.map(({ metric, row, quantity, odd }) => [metric, row, quantity?.meter ?? null, quantity?.quantity, odd]),
      [
        ['TotalAllottedSpace', 1, 'mysql-space', '10', null],
        ['DatabaseCount', 2, null, undefined, 'negative'],
        ['Sold', null, null, undefined, null],
      ],
    );
    assert.deepEqual([quantities.map(({ meter }) => meter), fault], [['mysql-space'], null]);
  });

  it('names the rule that says "not billed"', () => {
    const vm = { ProviderName: 'systemcenter', ResourceId: 'CPUAllocationCount-Min' };
    const { fates } = explain(aRecord({ ...vm, Resources: { CPUAllocationCount: '4' } }), ready);
    const row = readyRules.findIndex(({ metric, meter }) => metric === 'CPU*' && meter === '-') + 1;
    assert.deepEqual(fates, [{ metric: 'CPUAllocationCount', value: '4', row, quantity: null, odd: null }]);
  });

  it('puts together what fills one meter, exactly', () => {
    const Resources = { TotalOutgoingRequestBytes: '0.1', TotalOutgoingRequestResponseBytes: '0.2' };
    const { quantities } = explain(aRecord({ ProviderName: 'webspaces', Resources }), ready);
    assert.deepEqual(
      quantities.map(({ meter, quantity }) => [meter, quantity]),
      [['web-outgoing', '0.3']],
    );
  });

  it('is one sentence where the record as a whole cannot be billed', () => {
    const { fates, fault } = explain(aRecord({ EndTime: '2026-03-01T09:00:00' }), ready);
    assert.deepEqual([fates, fault], [[], 'ends before it starts']);
  });
});

describe('pasted records', () => {
  const record = aRecord();
  for (const [title, text, count] of [
    ['one', JSON.stringify(record), 1],
    ['a list', JSON.stringify([record, record, 7]), 2],
    ['a message', JSON.stringify({ payload: [record], topic: 'usage' }), 1],
    ['a list too long', JSON.stringify(Array.from({ length: 30 }, () => record)), 20],
    ['no JSON', '{', null],
    ['something else', '{"EventId":1}', null],
  ] as const)
    it(`are read: ${title}`, () => assert.equal(pastedRecords(text)?.length ?? null, count));
});

describe('records that WAP has now', () => {
  it('are the newest of each provider, service type and resource', async () => {
    const kept: UsageRecord[] = [
      aRecord({ EventId: 5, ProviderName: 'old' }),
      aRecord({ EventId: 900, ProviderName: 'sqlservers' }),
      aRecord({ EventId: 1003, ProviderName: 'mysqlservers' }),
      aRecord({ EventId: 1004, ProviderName: 'mysqlservers' }),
    ];
    const records = async (from: number, size: number) => ({
      records: kept.filter(({ EventId }) => EventId >= from).slice(0, size),
      json: new Uint8Array(),
    });
    const found = await recentRecords({ records }, new AbortController().signal);
    assert.deepEqual(
      found.map(({ EventId }) => EventId),
      [1004, 900],
    );
  });
});
