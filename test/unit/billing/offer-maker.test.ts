import assert from 'node:assert/strict';
import { type FlowPiece, hasOfferMaker } from '../../../lib/billing/offer-maker';
import { merged } from '../../flows/sale-world';
import { example } from '../../harness/examples';

const check = 'billing-propagation-check';
const node = (id: string, type: string, wires: string[], more: Partial<FlowPiece> = {}): FlowPiece => ({
  ...{ id, type, wires: [wires], billing: 'b' },
  ...more,
});

describe('whether anything makes the offer that is waited for', () => {
  const asked = (...names: string[]) => {
    const flows = merged(names.map(name => example(name).flows)) as FlowPiece[];
    return hasOfferMaker(flows, flows.find(({ type }) => type === check)?.id ?? '');
  };

  it('is not by example 1 alone, which only activates it after the wait, and is with example 2', () => {
    assert.equal(asked('01 -'), false);
    assert.equal(asked('01 -', '02 -'), true);
  });

  it('is by one before the wait, also where the wait leads back to it', () => {
    const before = [node('make', 'billing-plan-create', ['wait']), node('wait', check, ['again'])];
    assert.equal(hasOfferMaker(before, 'wait'), true);
    assert.equal(hasOfferMaker([...before, node('again', 'delay', ['make'])], 'wait'), true);
  });

  it('is not by one for another billing system, nor by one that links lead to after the wait', () => {
    const wait = node('wait', check, ['out']);
    const other = node('make', 'billing-plan-create', [], { billing: 'other' });
    assert.equal(hasOfferMaker([wait, other], 'wait'), false);
    const linked = [
      wait,
      node('out', 'link out', [], { links: ['in'] }),
      node('in', 'link in', ['make'], { links: ['out'] }),
      node('make', 'billing-plan-create', []),
    ];
    assert.equal(hasOfferMaker(linked, 'wait'), false);
  });
});
