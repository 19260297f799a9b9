import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AdapterError } from '../../../lib/errors';
import {
  readAddOn,
  readList,
  readMetricSet,
  readPlan,
  readReference,
  readServiceQuota,
} from '../../../lib/wap/client/read';
import { readEvent } from '../../../lib/wap/client/read-event';
import { readResourceProvider } from '../../../lib/wap/client/read-provider';
import { anAddOn, aPlan } from '../../builders';
import { holds } from '../../harness/property';
import { example } from './world';

const refusal = (place: RegExp) => (error: unknown) =>
  error instanceof AdapterError && error.code === 'WAP_BAD_RESPONSE' && place.test(error.message);

describe('reading WAP', () => {
  for (const [file, read] of [
    ['plan.json', readPlan],
    ['plan-create-response.json', readPlan],
    ['addon.json', readAddOn],
    ['plan-addon-link-request.json', readReference],
  ] as const)
    it(`gives ${file} back as it was`, () => assert.deepEqual(read(example(file), 'it'), example(file)));

  for (const [file, read] of [
    ['plan-list.json', readPlan],
    ['addon-list.json', readAddOn],
    ['plan-metrics.json', readMetricSet],
    ['plan-events.json', readEvent],
    ['addon-events.json', readEvent],
    ['plan-service-events.json', readEvent],
    ['plan-addon-events.json', readEvent],
    ['subscription-events.json', readEvent],
    ['subscription-addon-events.json', readEvent],
  ] as const)
    it(`gives every element of ${file} back as it was`, () =>
      assert.deepEqual(
        readList(example(file), file, (element, what): unknown => read(element, what)),
        example(file),
      ));

  for (const file of ['quotas.json', 'plan-quota-update-request.json'])
    it(`gives the quotas of ${file} back as they were`, () => {
      const body = example(file);
      assert.ok(typeof body === 'object' && body !== null && 'ServiceQuotas' in body);
      assert.deepEqual(readList(body.ServiceQuotas, file, readServiceQuota), body.ServiceQuotas);
    });

  it('reads resource providers without the credentials of their endpoints', () => {
    const [provider] = readList(example('resource-provider-list.json'), 'providers', readResourceProvider);
    assert.equal(provider?.Name, 'sqlservers');
    assert.equal(provider?.MaxQuotaUpdateBatchSize, 100);
    assert.deepEqual(provider?.UsageEndpoint, {
      ForwardingAddress: 'https://wap-admin.example:30010/',
      AuthenticationMode: 1,
    });
    assert.doesNotMatch(JSON.stringify(provider), /AuthenticationPassword/);
  });

  it('takes absent and null lists as empty, and absent texts as null', () => {
    const least = { Id: 'a', DisplayName: 'A', State: 0, ServiceQuotas: null };
    const plan = readPlan(least);
    assert.deepEqual([plan.Advertisements, plan.ServiceQuotas, plan.AddOnReferences, plan.AddOns], [[], [], [], []]);
    assert.deepEqual([plan.Price, plan.InvitationCode, plan.MaxSubscriptionsPerAccount], [null, null, 1]);
    const addOn = readAddOn(least);
    assert.deepEqual([addOn.AssociatedPlans, addOn.MaxOccurrencesPerPlan], [[], 1]);
  });

  it('takes the misspelt names of the documentation and writes the right ones', () => {
    const { AddOns, ...plan } = aPlan();
    const read = readPlan({ ...plan, Addons: [anAddOn()] });
    assert.deepEqual(read.AddOns, [anAddOn()]);
    assert.ok(!('Addons' in read));
    const { MaxOccurrencesPerPlan, ...addOn } = anAddOn();
    const readOne = readAddOn({ ...addOn, MaxOccurencesPerPlan: 3 });
    assert.equal(readOne.MaxOccurrencesPerPlan, 3);
    assert.ok(!('MaxOccurencesPerPlan' in readOne));
    assert.equal(readReference({ AddOnId: 'x', AquisitionTime: 't' }, 'link').AcquisitionTime, 't');
  });

  for (const [value, place] of [
    [null, /plan should be an object, but is null/],
    [[], /plan should be an object, but is a list of 0/],
    [{ ...aPlan(), Id: '' }, /plan\.Id should be a text/],
    [{ ...aPlan(), State: 'on' }, /plan\.State should be a whole number/],
    [{ ...aPlan(), State: undefined }, /plan\.State/],
    [{ ...aPlan(), SubscriptionCount: 1.5 }, /plan\.SubscriptionCount/],
    [{ ...aPlan(), Advertisements: {} }, /plan\.Advertisements should be a list/],
    [{ ...aPlan(), ServiceQuotas: [{ ServiceName: 1 }] }, /plan\.ServiceQuotas\[0\]\.ServiceName/],
    [
      { ...aPlan(), ServiceQuotas: [{ ServiceName: 's', Settings: [{ Key: 'k', Value: {} }] }] },
      /Settings\[0\]\.Value/,
    ],
    [{ ...aPlan(), AddOnReferences: [{}] }, /AddOnReferences\[0\]\.AddOnId/],
  ] as const)
    it(`refuses a plan where ${place.source}`, () => {
      assert.throws(() => readPlan(value), refusal(place));
    });

  it('refuses one bad event of a page and names its place', () => {
    const events = example('plan-events.json');
    assert.ok(Array.isArray(events));
    for (const [change, place] of [
      [{ EventId: -1 }, /plans\[1\]\.EventId/],
      [{ EventId: 2 ** 60 }, /plans\[1\]\.EventId/],
      [{ State: 'Pending' }, /plans\[1\]\.State/],
      [{ Entity: null }, /plans\[1\]\.Entity/],
      [{ NotificationEventTimeCreated: 'yesterday' }, /plans\[1\]\.NotificationEventTimeCreated/],
    ] as const)
      assert.throws(() => readList([events[0], { ...events[1], ...change }], 'plans', readEvent), refusal(place));
  });

  it('keeps every field it does not know, at every depth', () => {
    const unknown = fc.dictionary(
      fc.string({ minLength: 1 }).map(name => `x-${name}`),
      fc.jsonValue(),
      { maxKeys: 4 },
    );
    holds(
      'reading WAP: keeps every field it does not know, at every depth',
      fc.property(unknown, unknown, unknown, (ofPlan, ofService, ofSetting) => {
        const service = {
          ServiceName: 's',
          ServiceInstanceId: 'i',
          Settings: [{ Key: 'k', Value: 'v', ...ofSetting }],
        };
        const sent: unknown = JSON.parse(
          JSON.stringify({ ...aPlan(), ServiceQuotas: [{ ...service, ...ofService }], ...ofPlan }),
        );
        assert.deepEqual(readPlan(sent), sent);
      }),
    );
  });

  it('reads anything or refuses it with its code, and never breaks otherwise', () => {
    holds(
      'reading WAP: reads anything or refuses it with its code, and never breaks otherwise',
      fc.property(fc.jsonValue(), value => {
        for (const read of [readPlan, readAddOn, readEvent, readMetricSet, readResourceProvider]) {
          try {
            read(value, 'it');
          } catch (error) {
            assert.ok(error instanceof AdapterError && error.code === 'WAP_BAD_RESPONSE');
          }
        }
      }),
    );
  });
});
