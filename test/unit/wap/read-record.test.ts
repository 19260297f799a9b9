import assert from 'node:assert/strict';
import { readRecords } from '../../../lib/wap/client/read-record';
import { fails } from '../state/scratch';

const plain = {
  ...{ EventId: 1, ExternalRecordId: 'x', ResourceId: null, StartTime: '2026-01-01T00:00:00' },
  ...{ EndTime: '2026-01-01T01:00:00', ProviderName: 'sql', ServiceType: 'SQL', SubscriptionId: 's1' },
  ...{ Properties: null, Resources: { DatabaseCount: '2' } },
};
const read = (json: unknown) => readRecords({ json, bytes: Buffer.from(JSON.stringify(json)) });

describe('a page of usage records', () => {
  it('is taken as WAP sent it when it is well-formed and in order', () => {
    const json = [plain, { ...plain, EventId: 2, Properties: { a: 'b' } }];
    const bytes = Buffer.from(JSON.stringify(json));
    const page = readRecords({ json, bytes });
    assert.equal(page.records, json);
    assert.equal(page.json, bytes);
  });

  it('is sorted by id', () => {
    const { records } = read([{ ...plain, EventId: 2 }, plain]);
    assert.deepEqual(
      records.map(({ EventId }) => EventId),
      [1, 2],
    );
  });

  it('has empty values for what is missing, and texts for numbers', () => {
    const { records, json } = read([
      { EventId: '7', Resources: { DatabaseCount: 2, Size: null }, ResourceId: 5, ExternalRecordId: { a: 1 } },
      { EventId: 3, SubscriptionId: 's1', Properties: { Region: 4 }, 'x-more': [1] },
    ]);
    const empty = { ExternalRecordId: null, ResourceId: null, StartTime: '', EndTime: '', ProviderName: '' };
    const expected = [
      { ...empty, EventId: 3, ServiceType: '', SubscriptionId: 's1', 'x-more': [1] },
      { ...empty, EventId: 7, ServiceType: '', SubscriptionId: '', ResourceId: '5', ExternalRecordId: '{"a":1}' },
    ];
    const own = [
      { Properties: { Region: '4' }, Resources: {} },
      { Properties: null, Resources: { DatabaseCount: '2', Size: '' } },
    ];
    const whole = expected.map((record, index) => ({ ...record, ...own[index] }));
    assert.deepEqual(records, whole);
    assert.deepEqual(JSON.parse(Buffer.from(json).toString()), whole);
  });

  for (const [what, json, message] of [
    ['no list', { value: [] }, 'usage should be a list, but is an object with 1 fields.'],
    ['something else than records', [plain, 7], 'usage[1] should be an object, but is a number.'],
    ['no id', [{ ...plain, EventId: null }], 'usage[0].EventId should be a whole number from 0 on, but is null.'],
    ['a negative id', [{ ...plain, EventId: -1 }], 'usage[0].EventId should be a whole number from 0 on'],
    ['an id that no number holds', [{ ...plain, EventId: '9007199254740993' }], 'usage[0].EventId should be'],
    ['properties that are a text', [{ ...plain, Properties: 'b' }], 'usage[0].Properties should be an object'],
  ] as const)
    it(`is refused with ${what}`, () => {
      assert.throws(
        () => read(json),
        error => fails('WAP_BAD_RESPONSE', /./)(error) && String(error).includes(message),
      );
    });
});
