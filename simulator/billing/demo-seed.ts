import type { BillingSeed } from './options';

/** The offers of what the simulated WAP sells from the beginning (`wap-simulator --demo`), on sale as they are there. */
export const demoSeed: BillingSeed = {
  offers: [
    { key: 'Bronzedemo0001', name: 'Starter Databases', kind: 'plan', price: '9.90 EUR per month', state: 'active' },
    { key: 'Silverdemo0001', name: 'Team Databases', kind: 'plan', price: '19.90 EUR per month', state: 'active' },
    { key: 'ExtraDdemo0001', name: 'Spare Database', kind: 'addon', price: '4.00 EUR per month', state: 'active' },
  ],
};
