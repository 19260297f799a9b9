import assert from 'node:assert/strict';
import { letterLines, letterPlaces, letterRecord, letterTenants } from '../../../lib/desk/dead-letters';
import { readLetterFilter } from '../../../lib/desk/letter-filter';
import { letterTotalOf } from '../../../lib/desk/letter-groups';
import { cleanScratch, fails } from '../state/scratch';
import { dead, LetterWorld, waiting } from './letter-world';

const guid = 'AAAAAAAA-0000-0000-0000-00000000BEEF';

describe('dead letters for the desk', () => {
  let world: LetterWorld;
  beforeEach(async () => {
    world = await LetterWorld.open();
    world.wap.raise('subscriptions', {
      Entity: { SubscriptionID: guid, SubscriptionName: 'Contoso <b>', AccountAdminLiveEmailId: 'amy@contoso.example' },
    });
    world.wap.raise('subscriptions', { Entity: { SubscriptionID: 's2', SubscriptionName: 'Fábrica' } });
    await world.settleEvents({ result: 'delivered' });
    await world.records(dead(`vm-cpu: The subscription ${guid} is closed.`), { SubscriptionId: guid }, 1, 2, 3);
    await world.records(dead('db: The meter is not known.'), { SubscriptionId: 's2', Resources: { Size: '1.5' } }, 4);
    await world.records(waiting('The subscription s9 is not mapped to billing yet.'), { SubscriptionId: 's9' }, 5);
    world.wap.plan('Gold');
    world.wap.service('Lost');
    await world.settleEvents(dead('vm-cpu: The subscription is closed.'));
  });
  afterEach(cleanScratch);

  it('are listed with all that is known, the newest first, by pages', async () => {
    const all = await world.list();
    assert.deepEqual(
      all.map(({ kind, feed, eventId }) => `${kind} ${feed} ${eventId}`),
      [
        'dead plans 3',
        'parked planServices 4',
        'waiting usage 5',
        'dead usage 4',
        'dead usage 3',
        'dead usage 2',
        'dead usage 1',
      ],
    );
    const { key: _key, group: _group, ...last } = all.at(-1) ?? assert.fail('none');
    assert.deepEqual(last, {
      ...{ kind: 'dead', feed: 'usage', installation: 'wap', reader: 'billing', replay: null, eventId: 1 },
      ...{ since: Date.UTC(2026, 0, 2, 0, 0, 2), tries: 1, isOut: false, subject: null },
      reason: `vm-cpu: The subscription ${guid} is closed.`,
      tenant: { subscriptionId: guid, name: 'Contoso <b>', account: 'amy@contoso.example' },
      quantities: [{ meter: 'DatabaseCount', quantity: '1' }],
      ...{ startTime: '2026-01-01T00:00:00', endTime: '2026-01-01T01:00:00' },
    });
    assert.deepEqual(all[0]?.subject, { type: 'plan', id: 'Gold' });
  });

  for (const [what, filter, expected] of [
    ['kind', { kind: 'waiting' }, ['usage 5']],
    ['feed', { feed: 'plans' }, ['plans 3']],
    ['usage alone', { feed: 'usage', kind: 'dead' }, ['usage 4', 'usage 3', 'usage 2', 'usage 1']],
    ['name of a tenant', { tenant: 'contoso' }, ['usage 3', 'usage 2', 'usage 1']],
    ['name without its accent', { tenant: 'fabr' }, ['usage 4']],
    ['account', { tenant: 'AMY@' }, ['usage 3', 'usage 2', 'usage 1']],
    ['id in other letters', { tenant: guid.toLowerCase() }, ['usage 3', 'usage 2', 'usage 1']],
    ['id that nobody has a name for', { tenant: 's9' }, ['usage 5']],
    ['name that nobody has', { tenant: 'nobody' }, []],
    ['meter of WAP', { meter: 'size' }, ['usage 4']],
    ['meter of billing', { meter: 'vm-' }, ['usage 3', 'usage 2', 'usage 1']],
    ['part of the reason', { reason: 'IS CLOSED' }, ['plans 3', 'usage 3', 'usage 2', 'usage 1']],
    ['per cent sign', { reason: '%' }, []],
    ['reader', { reader: { installation: 'wap', consumer: 'billing' }, kind: 'waiting' }, ['usage 5']],
    ['other reader', { reader: { installation: 'wap', consumer: 'archive' } }, []],
    ['time of setting aside', { from: Date.UTC(2026, 0, 2, 0, 0, 3), to: Date.UTC(2026, 0, 2, 0, 0, 4) }, ['usage 4']],
    ['day of the usage', { usedFrom: Date.UTC(2026, 0, 2), feed: 'usage' }, []],
    [
      'day of the usage before',
      { usedFrom: Date.UTC(2026, 0, 1), usedTo: Date.UTC(2026, 0, 2), tenant: 's2' },
      ['usage 4'],
    ],
  ] as const)
    it(`are found by ${what}`, async () => assert.deepEqual(await world.ids(filter), expected));

  it('are grouped by what their reasons have in common', async () => {
    const expected = [
      `dead 3 vm-cpu: The subscription ${guid} is closed.`,
      'dead 1 db: The meter is not known.',
      'dead 1 vm-cpu: The subscription is closed.',
      'parked 1 WAP does not know the plan Lost',
      'waiting 1 The subscription s9 is not mapped to billing yet.',
    ];
    assert.deepEqual((await world.groups()).sort(), [...expected].sort());
    assert.deepEqual((await world.groups({ tenant: 'contoso' })).sort(), expected.slice(0, 1));
    const [first] = await world.list({ tenant: 'contoso' });
    assert.equal(first?.group, 'vm-cpu: The subscription … is closed.');
    assert.deepEqual(await world.ids({ group: first.group }), ['usage 3', 'usage 2', 'usage 1']);
  });

  it('are counted as they come and go', async () => {
    const totals = async () => Object.fromEntries(await letterTotalOf(world.store));
    assert.deepEqual(await totals(), { dead: 5, waiting: 1, parked: 1 });
    await world.reader.sendAgain(1);
    await world.reader.discard(2, 'paid by hand');
    await world.events.sendAgain(4, 'planServices');
    assert.deepEqual(await totals(), { dead: 3, waiting: 1 });
  });

  it('show the record as WAP sent it', async () => {
    const [letter] = await world.list({ tenant: 's2' });
    const record = await letterRecord(world.store, letter?.key ?? assert.fail('none'));
    assert.match(record?.body ?? '', /^\{\n {2}"ExternalRecordId": "x4",\n/);
    await world.reader.sendAgain(4);
    assert.equal(await letterRecord(world.store, letter?.key ?? assert.fail()), null);
  });

  it('show both bodies of one in quarantine', async () => {
    world.wap.show('plans', { EventId: 3, Entity: { Id: 'Gold', DisplayName: 'Other' } });
    world.clock.advance(1000);
    await world.events.poll();
    const [letter] = await world.list({ kind: 'quarantine' });
    const { body, first } = (await letterRecord(world.store, letter?.key ?? assert.fail('none'))) ?? {};
    assert.match(body ?? '', /Other/);
    assert.match(first ?? '', /"DisplayName": "Gold"/);
  });

  it('are lines of a file, one for each that was measured', async () => {
    await world.records(dead('no'), { SubscriptionId: 's2', Resources: { Size: '1.5', Count: '2' } }, 6);
    const lines = [];
    for await (const part of letterLines(world.store, { tenant: 'fabrica' })) lines.push(...part);
    assert.deepEqual(
      lines.map(({ eventId, subscription, meter, quantity, reason }) => [
        eventId,
        subscription,
        meter,
        quantity,
        reason,
      ]),
      [
        [6, 'Fábrica', 'Size', '1.5', 'no'],
        [6, 'Fábrica', 'Count', '2', 'no'],
        [4, 'Fábrica', 'Size', '1.5', 'db: The meter is not known.'],
      ],
    );
    assert.equal(lines[0]?.since, '2026-01-02T00:00:06.000Z');
  });

  it('say how many there are, since when the newest, and who reads them', async () => {
    const places = await letterPlaces(world.store);
    assert.deepEqual(places, {
      totals: { dead: 5, waiting: 1, parked: 1, quarantine: 0 },
      newestAt: Date.UTC(2026, 0, 2, 0, 0, 5),
      readers: [{ installation: 'wap', consumer: 'billing' }],
    });
  });

  it('suggest tenants by name and by id', async () => {
    const said = (await letterTenants(world.store, 's')).map(({ subscriptionId, name }) => `${subscriptionId} ${name}`);
    assert.deepEqual(said, [`${guid.toLowerCase()} Contoso <b>`, 's2 Fábrica', 's9 null']);
  });

  it('refuse a filter by the name of the field that is wrong', () => {
    for (const [given, field] of [
      ['text', /^filter: expected an object/],
      [{ kind: 'gone' }, /^filter\.kind: expected one of dead, waiting, parked, quarantine/],
      [{ from: '2026' }, /^filter\.from: expected a time in milliseconds/],
      [{ tenant: 7 }, /^filter\.tenant: expected a text/],
      [{ reader: { installation: 'wap' } }, /^filter\.reader\.consumer:/],
    ] as const)
      assert.throws(() => readLetterFilter(given), fails('INPUT_INVALID', field));
    assert.deepEqual(readLetterFilter({ tenant: ' x ', kind: '', from: 0, other: 1 }), { tenant: 'x', from: 0 });
  });
});
