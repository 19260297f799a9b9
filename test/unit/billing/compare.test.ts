import assert from 'node:assert/strict';
import { differingFields } from '../../../lib/billing/compare';

describe('comparing an offer', () => {
  for (const [what, sent, found, fields] of [
    ['equal fields', { name: 'Gold', kind: 'plan' }, { name: 'Gold', kind: 'plan', id: 7 }, []],
    ['another name', { name: 'Gold' }, { name: 'Silver' }, ['name']],
    ['a field that billing does not send back', { name: 'Gold', price: '10' }, { name: 'Gold' }, []],
    ['prices of the same value', { price: '10' }, { price: 10 }, []],
    ['prices with and without cents', { price: '10.00' }, { price: '10' }, []],
    ['prices that differ in the last place', { price: '0.10000000000000000001' }, { price: '0.1' }, ['price']],
    ['prices in words', { price: '10 EUR' }, { price: '10.00 EUR' }, ['price']],
    ['no price and an empty one', { price: null }, { price: '' }, []],
    ['a price where none was sent', { price: null }, { price: '10' }, ['price']],
    ['names that are numbers', { name: '007' }, { name: '7' }, ['name']],
    ['a text that is for people', { description: 'a' }, { description: 'b' }, []],
    ['an inner object', { plan: { name: 'Gold' } }, { plan: { name: 'Gild' } }, ['plan.name']],
    ['an answer that is no object', { name: 'Gold' }, null, []],
  ] as const)
    it(`sees ${what}`, () => assert.deepEqual(differingFields(sent, found), fields));
});
