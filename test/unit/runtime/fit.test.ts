import assert from 'node:assert/strict';
import type { NodeAPI } from 'node-red';
import { nameOf } from '../../../runtime/names';
import { fitted, shortened } from '../../../runtime/node/fit';
import { localTime, Waits } from '../../../runtime/node/waits';

describe('the text of a status', () => {
  const say = ({ name, count }: { name: string; count: number }) => `${name}: ${count} refused`;
  for (const [name, text] of [
    ['Gold', 'Gold: 41 refused'],
    ['Eighteen letters..', 'Eighteen letters..: 41 refused'],
    ['Managed Professional Hosting (r2)', 'Managed Prof…(r2): 41 refused'],
  ] as const)
    it(`is "${text}"`, () => assert.equal(fitted(say, { name, count: 41 }, 'name'), text));

  it('never cuts the count, however long', () => {
    const count = 123_456_789_012_345;
    assert.equal(fitted(say, { name: 'Professional', count }, 'name'), 'Profe…al: 123456789012345 refused');
  });
  it('keeps the beginning and the end of a name', () => {
    assert.equal(shortened('Professional Hosting', 12), 'Professi…ing');
    assert.equal(shortened('Gold', 12), 'Gold');
  });
});

describe('the name in a status', () => {
  const plan = { Id: 'GoldHowas98kwz', DisplayName: 'Gold Hosting' };
  for (const [title, msg, answered, name] of [
    ["billing's own name", { wap: { plan } }, { name: 'Gold in billing' }, 'Gold in billing'],
    ['that of the plan on the message', { wap: { plan } }, { name: ' ' }, 'Gold Hosting'],
    ['that of the original of a clone', { wap: { original: plan } }, undefined, 'Gold Hosting'],
    ['that of the mapping', { mapping: { wapId: plan.Id, name: 'Mapped' } }, undefined, 'Mapped'],
    ['the id where none is known', { wap: { plan: { Id: 'other', DisplayName: 'Other' } } }, undefined, plan.Id],
  ] as const)
    it(`is ${title}`, () => assert.equal(nameOf(plan.Id, msg as never, answered), name));
});

describe('what a node waits for', () => {
  const RED = {
    _: (key: string, values: object) => `${key.split('.').at(-1)} ${JSON.stringify(values)}`,
  } as unknown as NodeAPI;
  const now = new Date(2026, 10, 26, 21, 4);

  it('is told by its name, then by the count and the first deadline', () => {
    let changes = 0;
    const waits = new Waits(RED, () => {
      changes += 1;
    });
    assert.equal(waits.text(now), null);
    const first = waits.begin({ name: 'Late', until: new Date(2026, 10, 26, 23, 0).getTime() });
    assert.equal(waits.text(now), 'waitsFor {"name":"Late","until":"23:00"}');
    const second = waits.begin({ name: 'Silver', until: new Date(2026, 10, 26, 22, 34).getTime() });
    assert.equal(waits.text(now), 'waitsForMany {"count":2,"until":"22:34"}');
    first();
    first();
    assert.equal(waits.text(now), 'waitsFor {"name":"Silver","until":"22:34"}');
    second();
    assert.deepEqual([waits.text(now), changes], [null, 3]);
  });
  it('has the date of another day', () =>
    assert.equal(localTime(new Date(2026, 10, 27, 0, 5), now), '2026-11-27 00:05'));
});
