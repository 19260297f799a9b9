import assert from 'node:assert/strict';
import { SoleOwners } from '../../../lib/async/sole-owner';

describe('a sole owner', () => {
  const [store, other] = [{ name: 'one' }, { name: 'other' }];

  it('keeps others out until it gives back what it has', () => {
    const owners = new SoleOwners<object, string>();
    const release = owners.take(store, 'plans', 'a');
    assert.ok(release);
    assert.equal(owners.take(store, 'plans', 'b'), null);
    assert.equal(owners.take(store, 'plans', 'a'), null);
    assert.equal(owners.of(store, 'plans'), 'a');
    release();
    assert.equal(owners.of(store, 'plans'), undefined);
    assert.ok(owners.take(store, 'plans', 'b'));
  });

  it('has one key of one scope, and nothing else', () => {
    const owners = new SoleOwners<object, string>();
    assert.ok(owners.take(store, 'plans', 'a'));
    assert.ok(owners.take(store, 'addons', 'b'));
    assert.ok(owners.take(other, 'plans', 'c'));
  });

  it('takes nothing from its successor by giving back twice', () => {
    const owners = new SoleOwners<object, string>();
    const release = owners.take(store, 'plans', 'a');
    release?.();
    owners.take(store, 'plans', 'b');
    release?.();
    assert.equal(owners.of(store, 'plans'), 'b');
  });
});
