import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AdapterError } from '../../../lib/errors';
import { readQuotas } from '../../../lib/wap/plans/quota-input';
import { aQuota } from '../../builders';
import { holds } from '../../harness/property';

const service = 'sqlservers';
const one = (Value: string) => [{ ServiceName: service, Settings: [{ Key: 'Limit', Value }] }];

describe('quotas as users write them', () => {
  for (const [value, text] of [
    ['7', '7'],
    ['[ 1,2 ]', '[ 1,2 ]'],
    ['', ''],
    [7, '7'],
    [false, 'false'],
    [[{ count: '5' }], '[{"count":"5"}]'],
    [{ a: null }, '{"a":null}'],
  ] as const) {
    it(`writes ${JSON.stringify(value)} as the text ${text}, in both forms`, () => {
      assert.deepEqual(readQuotas({ [service]: { Limit: value } }), one(text));
      assert.deepEqual(readQuotas([{ ServiceName: service, Settings: [{ Key: 'Limit', Value: value }] }]), one(text));
    });
  }

  it('takes what WAP shows of a plan, also with its field around it', () => {
    const { ServiceName, ServiceInstanceId, Settings } = aQuota();
    const wanted = [{ ServiceName, ServiceInstanceId, Settings }];
    assert.deepEqual(readQuotas([aQuota()]), wanted);
    assert.deepEqual(readQuotas({ ServiceQuotas: [aQuota()] }), wanted);
  });

  it('reads nothing out of an empty list or object', () => {
    assert.deepEqual([readQuotas([]), readQuotas({})], [[], []]);
  });

  for (const [value, subject] of [
    ['text', 'quotas'],
    [null, 'quotas'],
    [[7], 'quotas[0]'],
    [[{ Settings: [] }], 'quotas[0].ServiceName'],
    [[{ ServiceName: service, ServiceInstanceId: 7, Settings: [] }], 'quotas[0].ServiceInstanceId'],
    [[{ ServiceName: service }], 'quotas[0].Settings'],
    [[aQuota(), { ServiceName: service, Settings: [{ Value: '' }] }], 'quotas[1].Settings[0].Key'],
    [[{ ServiceName: service, Settings: [{ Key: 'Limit' }] }], 'quotas[0].Settings[0].Value'],
    [{ ServiceQuotas: [7] }, 'quotas.ServiceQuotas[0]'],
    [{ [service]: [] }, 'quotas.sqlservers'],
    [{ [service]: { Limit: null } }, 'quotas.sqlservers.Limit'],
  ] as const) {
    it(`names ${subject} in ${JSON.stringify(value)}`, () => {
      assert.throws(
        () => readQuotas(value),
        error => error instanceof AdapterError && error.code === 'INPUT_INVALID' && error.cause.subject === subject,
      );
    });
  }

  it('keeps every text byte for byte', () => {
    const setting = { Key: fc.string({ minLength: 1 }), Value: fc.string({ unit: 'binary' }) };
    const settings = fc.array(fc.record(setting, { noNullPrototype: true }));
    holds(
      'quotas as users write them: keeps every text byte for byte',
      fc.property(settings, Settings => {
        assert.deepEqual(readQuotas([{ ServiceName: service, Settings }]), [{ ServiceName: service, Settings }]);
      }),
    );
  });
});
