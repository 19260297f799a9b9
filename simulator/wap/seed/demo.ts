import type { WapSeed } from '../options';

const sql = {
  ServiceName: 'sqlservers',
  ServiceInstanceId: '7a1d0c52-4e0b-4c39-9d5e-0b6f1f2a9c11',
  ServiceDisplayName: 'SQL Servers',
  ServiceInstanceDisplayName: null,
};
const quota = (count: string) => [
  {
    ...sql,
    Settings: [
      { Key: 'Editions', Value: `[{"displayName":"Default","groupName":"Default","resourceCount":"${count}"}]` },
    ],
  },
];
const text = (DisplayName: string, Description: string) => [{ LanguageCode: 'en-us', DisplayName, Description }];
const extra = [{ AddOnId: 'ExtraDdemo0001', AddOnInstanceId: null, AcquisitionTime: null }];
/** Just now, so that a reconciliation finds nothing that has been missing for long. */
const bought = (AddOnInstanceId: string) => [
  { AddOnId: 'ExtraDdemo0001', AddOnInstanceId, AcquisitionTime: new Date().toISOString().slice(0, -1) },
];

/** Something to see at once: two plans on sale, an add-on, tenants in every state, and usage that keeps coming. None has a
 *  name that an example flow sells: WAP refuses a name twice. */
export const demoSeed: WapSeed = {
  addons: [
    {
      Id: 'ExtraDdemo0001',
      DisplayName: 'Spare Database',
      State: 1,
      Price: '4.00 EUR per month',
      MaxOccurrencesPerPlan: 3,
      Advertisements: text('Spare Database', 'One more database'),
      ServiceQuotas: quota('1'),
    },
  ],
  plans: [
    {
      Id: 'Bronzedemo0001',
      DisplayName: 'Starter Databases',
      State: 1,
      Price: '9.90 EUR per month',
      Advertisements: text('Starter Databases', 'Databases to begin with'),
      ServiceQuotas: quota('2'),
      AddOnReferences: extra,
    },
    {
      Id: 'Silverdemo0001',
      DisplayName: 'Team Databases',
      State: 1,
      Price: '19.90 EUR per month',
      Advertisements: text('Team Databases', 'Databases for a team'),
      ServiceQuotas: quota('5'),
      AddOnReferences: extra,
    },
  ],
  subscriptions: [
    {
      SubscriptionID: '3b6f2c1e-9d47-4a58-8c02-5e7a1f90b6d1',
      PlanId: 'Bronzedemo0001',
      AccountAdminLiveEmailId: 'anna@tenant-one.example',
      AddOnReferences: bought('6d20f9b8-3c7e-4a15-b4d6-81e0a5c93f74'),
    },
    {
      SubscriptionID: '91c4e7d2-0f3a-4b86-a7d5-2c8e6f41b0e2',
      PlanId: 'Bronzedemo0001',
      AccountAdminLiveEmailId: 'ben@tenant-two.example',
      State: 2,
    },
    {
      SubscriptionID: 'f05a8b39-6c1d-42e7-9b84-d73e5c20a1f3',
      PlanId: 'Silverdemo0001',
      AccountAdminLiveEmailId: 'cleo@tenant-three.example',
    },
  ],
  usage: { count: 1_000_000, perMinute: 30, oddShare: 0.01, duplicateShare: 0.01, lateShare: 0.01 },
};
