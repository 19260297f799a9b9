import assert from 'node:assert/strict';
import fc from 'fast-check';
import { planDifferences } from '../../../lib/wap/plans/compare';
import type { Plan } from '../../../lib/wap/types';
import { anAddOn, aPlan, aQuota } from '../../builders';
import { holds } from '../../harness/property';

const setting = (Key: string, Value: string) => ({ Key, Value });
const link = (AddOnId: string) => ({ AddOnId, AddOnInstanceId: null, AcquisitionTime: null });

describe('planDifferences', () => {
  it('leaves out ids, names, states, counts and times', () => {
    const a = aPlan({ Created: '2015-03-01T09:00:00' });
    const b = aPlan({
      Id: 'other',
      DisplayName: 'Gold (r2)',
      State: 0,
      QuotaSyncState: 2,
      LastErrorMessage: 'x',
      SubscriptionCount: 7,
      Created: '2026-01-01T00:00:00Z',
      Advertisements: [{ LanguageCode: 'EN-US', DisplayName: 'Gold (r2)', Description: 'Databases for a team' }],
      ServiceQuotas: [
        aQuota({
          QuotaSyncState: 1,
          ServiceDisplayName: null,
          ServiceInstanceId: aQuota().ServiceInstanceId.toUpperCase(),
        }),
      ],
    });
    assert.deepEqual(planDifferences(a, b), []);
  });

  const withQuota = (...settings: Array<{ Key: string; Value: string }>) =>
    aPlan({ ServiceQuotas: [aQuota({ Settings: settings })] });

  for (const [title, a, b, differences] of [
    ['a price', aPlan({ Price: '1' }), aPlan({ Price: '2' }), ['Price differs']],
    ['an unknown field', aPlan({ 'x-g': ['a'] }), aPlan({ 'x-g': ['b'] }), ['x-g differs']],
    ['an unknown field that is missing', aPlan({ 'x-g': 1 }), aPlan(), ['x-g differs']],
    ['the maximum of an add-on', anAddOn(), anAddOn({ MaxOccurrencesPerPlan: 2 }), ['MaxOccurrencesPerPlan differs']],
    [
      'one byte of a setting',
      withQuota(setting('k', '{"a": 1}')),
      withQuota(setting('k', '{"a":1}')),
      ['quotas of service sqlservers differ'],
    ],
    [
      'a setting more',
      withQuota(setting('k', 'v')),
      withQuota(setting('k', 'v'), setting('l', '')),
      ['quotas of service sqlservers differ'],
    ],
    ['a service less', aPlan(), aPlan({ ServiceQuotas: [] }), ['service sqlservers is missing in the second']],
    ['a service more', aPlan({ ServiceQuotas: [] }), aPlan(), ['service sqlservers is only in the second']],
    ['what is configured', aPlan(), aPlan({ ConfigState: 0 }), ['ConfigState differs']],
    [
      'a link',
      aPlan({ AddOnReferences: [link('x')] }),
      aPlan({ AddOnReferences: [link('y')] }),
      ['link to x is missing in the second', 'link to y is only in the second'],
    ],
    [
      'a plan of an add-on',
      anAddOn({ AssociatedPlans: [aPlan()] }),
      anAddOn(),
      ['link to Goldb4n7qk2x is missing in the second'],
    ],
    ['a description', aPlan({ Advertisements: [] }), aPlan(), ['advertisement en-us is only in the second']],
    [
      'a name of its own in an advertisement',
      aPlan({ Advertisements: [{ LanguageCode: 'es-es', DisplayName: 'Oro', Description: null }] }),
      aPlan({ Advertisements: [{ LanguageCode: 'es-es', DisplayName: 'Plata', Description: null }] }),
      ['advertisement es-es differs'],
    ],
  ] as const)
    it(`finds ${title}`, () => assert.deepEqual(planDifferences(a, b), differences));

  it('shows no value, for an invitation code is not for everybody', () => {
    const text = planDifferences(aPlan({ InvitationCode: 'geheim-1' }), aPlan({ InvitationCode: 'geheim-2' })).join();
    assert.equal(text, 'InvitationCode differs');
  });

  const text = fc.string({ maxLength: 6 });
  const somePlan: fc.Arbitrary<Plan> = fc
    .record({
      Price: fc.option(text),
      MaxSubscriptionsPerAccount: fc.integer({ min: -1, max: 5 }),
      ServiceQuotas: fc.uniqueArray(
        fc.record({
          ServiceName: fc.constantFrom('sqlservers', 'mysqlservers', 'webspaces'),
          ServiceInstanceId: fc.constant('1'),
          Settings: fc.uniqueArray(fc.record({ Key: text, Value: text }), { selector: one => one.Key, maxLength: 4 }),
        }),
        { selector: one => one.ServiceName },
      ),
      AddOnReferences: fc.uniqueArray(fc.record({ AddOnId: text }), { selector: one => one.AddOnId }),
      'x-extra': fc.jsonValue(),
    })
    .map(({ AddOnReferences, ...rest }) =>
      aPlan({ ...rest, AddOnReferences: AddOnReferences.map(({ AddOnId }) => link(AddOnId)) }),
    );

  it('finds no difference to a copy in another order', () => {
    holds(
      'planDifferences: finds no difference to a copy in another order',
      fc.property(somePlan, plan => {
        const copy = {
          ...structuredClone(plan),
          ServiceQuotas: plan.ServiceQuotas.map(quota => ({
            ...quota,
            Settings: quota.Settings.toReversed(),
          })).toReversed(),
          AddOnReferences: plan.AddOnReferences.toReversed(),
        };
        assert.deepEqual(planDifferences(plan, copy), []);
      }),
    );
  });

  it('finds any one change, from both sides', () => {
    const change = fc.constantFrom<(plan: Plan) => Plan>(
      plan => ({ ...plan, Price: `${plan.Price}+` }),
      plan => ({ ...plan, MaxSubscriptionsPerAccount: plan.MaxSubscriptionsPerAccount + 1 }),
      plan => ({ ...plan, ConfigState: 1 - plan.ConfigState }),
      plan => ({ ...plan, AddOnReferences: [...plan.AddOnReferences, link('one more')] }),
      plan => ({ ...plan, ServiceQuotas: [...plan.ServiceQuotas, aQuota({ ServiceName: 'one more' })] }),
      plan => ({ ...plan, 'x-extra': [plan['x-extra']] }),
    );
    holds(
      'planDifferences: finds any one change, from both sides',
      fc.property(somePlan, change, (plan, apply) => {
        assert.equal(planDifferences(plan, apply(plan)).length, 1);
        assert.equal(planDifferences(apply(plan), plan).length, 1);
      }),
    );
  });
});
