import assert from 'node:assert/strict';
import { listActs, noteAct } from '../../../lib/desk/acts';
import { readLetterFilter, readLetterKey, wordsOf } from '../../../lib/desk/letter-filter';
import { cleanScratch, fails, StillClock, scratchStore } from '../state/scratch';

describe('the filter of dead letters', () => {
  it('has what is given', () => {
    assert.deepEqual(readLetterFilter({}), {});
    const empty = { kind: '', feed: null, reader: undefined, tenant: '', group: null, from: '' };
    assert.deepEqual(readLetterFilter(empty), {});
    const reader = { installation: 'wap', consumer: 'billing' };
    const filter = { feed: 'usage', reader, tenant: 'Contoso', group: '', from: 0, usedTo: 5 };
    assert.deepEqual(readLetterFilter({ ...filter, kind: 'Dead', tenant: ' Contoso ' }), { ...filter, kind: 'dead' });
  });

  for (const [given, message] of [
    [[], /^filter: expected an object/],
    [{ kind: 'lost' }, /^filter\.kind: expected one of /],
    [{ feed: 'users' }, /^filter\.feed: expected one of usage, plans/],
    [{ reader: { installation: 'wap' } }, /^filter\.reader\.consumer: /],
    [{ tenant: 'x'.repeat(201) }, /^filter\.tenant: expected a text of at most 200 characters/],
    [{ group: 7 }, /^filter\.group: /],
    [{ from: 'today' }, /^filter\.from: expected a time in milliseconds/],
    [{ to: 9e15 }, /^filter\.to: /],
  ] as const)
    it(`is refused: ${message.source}`, () =>
      assert.throws(() => readLetterFilter(given), fails('INPUT_INVALID', message)));

  it('is written for a person', () => {
    assert.equal(wordsOf({}), '*');
    const reader = { installation: 'wap', consumer: 'billing' };
    assert.equal(
      wordsOf({ kind: 'dead', from: 0, reader }),
      'kind: dead · from: 1970-01-01T00:00:00.000Z · reader: wap billing',
    );
  });
});

describe('the key of a dead letter', () => {
  const of = { installation: 'wap', feed: 'plans', eventId: 7 };
  for (const key of [
    { source: 'usage', stream: 3, eventId: 7 },
    { source: 'events', ...of, consumer: 'billing' },
    { source: 'quarantine', ...of, hash: 'abc' },
  ])
    it(`of ${key.source} has what names it`, () =>
      assert.deepEqual(readLetterKey({ ...key, more: 'x' }, 'keys[0]'), key));

  for (const [given, message] of [
    ['x', /^keys\[0\]: expected an object/],
    [{ source: 'usage', eventId: 7 }, /^keys\[0\]\.stream: expected a whole number/],
    [{ source: 'usage', stream: 3, eventId: -1 }, /^keys\[0\]\.eventId: /],
    [{ source: 'events', ...of }, /^keys\[0\]\.consumer: /],
    [{ source: 'quarantine', ...of }, /^keys\[0\]\.hash: /],
    [{ source: 'other', ...of }, /^keys\[0\]\.source: expected usage, events or quarantine/],
  ] as const)
    it(`is refused: ${message.source}`, () =>
      assert.throws(() => readLetterKey(given, 'keys[0]'), fails('INPUT_INVALID', message)));
});

describe('the history of the desk', () => {
  afterEach(cleanScratch);

  it('says page by page who did what, the newest first, for 400 days', async () => {
    const store = await scratchStore(new StillClock());
    const day = 86_400_000;
    const act = (at: number, who: string) => ({ at, who, what: 'discard', subject: '*', why: 'paid', count: 1 });
    await noteAct(store, act(1000, 'ann'));
    await noteAct(store, act(1000 + 400 * day, 'bob'));
    await noteAct(store, act(1000 + 400 * day, 'eve'));
    const first = await listActs(store, undefined, 2);
    assert.deepEqual(
      first.rows.map(({ who, why }) => [who, why]),
      [
        ['eve', 'paid'],
        ['bob', 'paid'],
      ],
    );
    const last = await listActs(store, first.next ?? '', 2);
    assert.deepEqual([last.rows.map(({ who }) => who), last.next], [['ann'], null]);
    await noteAct(store, act(1001 + 400 * day, 'amy'));
    assert.deepEqual(
      (await listActs(store, undefined, 9)).rows.map(({ who }) => who),
      ['amy', 'eve', 'bob'],
    );
  });
});
