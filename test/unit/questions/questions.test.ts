import assert from 'node:assert/strict';
import { overview } from '../../../lib/desk/overview';
import { listQuestions } from '../../../lib/desk/questions';
import { personOfToken, tokenOf } from '../../../lib/questions/link';
import { noticesOf } from '../../../lib/questions/notice';
import { cleanScratch, fails } from '../state/scratch';
import { anAsked, QuestionWorld } from './question-world';

const yes = { choice: 'Yes', by: 'Ann', how: 'desk' } as const;

describe('questions that runs ask people', () => {
  let world: QuestionWorld;
  beforeEach(async () => {
    world = await QuestionWorld.open();
  });
  afterEach(cleanScratch);

  it('are asked once for each step, in the words of today', async () => {
    const { step } = await world.standing('Gold');
    const first = await world.questions.ask(step, anAsked(), null);
    world.clock.advance(1000);
    const again = await world.questions.ask(step, anAsked({ text: 'On sale now?' }), 5_000);
    assert.deepEqual(again, { ...first, text: 'On sale now?', deadlineAt: 5_000 });
    assert.deepEqual(
      [first.key, first.workflow, first.isOpen, first.answer, first.told],
      ['Gold', 'put on sale', true, null, 0],
    );
    assert.deepEqual(await world.questions.find(first.id), again);
    assert.equal(await world.questions.find('nobody'), null);
  });

  it('have something to choose from', async () => {
    await assert.rejects(world.ask('Gold', { choices: [] }), fails('INPUT_MISSING', /^choices: /));
  });

  it('keep the words that were answered', async () => {
    const { step } = await world.standing('Gold');
    const { id } = await world.questions.ask(step, anAsked(), null);
    await world.questions.answer(id, yes);
    const again = await world.questions.ask(step, anAsked({ text: 'Other' }), null);
    assert.deepEqual([again.text, again.answer?.by], ['On sale?', 'Ann']);
  });

  it('take the first answer, and say who gave it', async () => {
    const { id } = await world.ask('Gold');
    const { answer, answeredAt, isOpen } = await world.questions.answer(id, yes);
    assert.deepEqual(answer, { choice: 0, values: {}, note: '', by: 'Ann', how: 'desk' });
    assert.deepEqual([answeredAt, isOpen], [world.clock.now(), false]);
    const message = /"On sale\?" was answered before: Ann answered "Yes" at 2026-01-02T00:00:00\.000Z/;
    await assert.rejects(world.questions.answer(id, { ...yes, choice: 'Not yet' }), fails('STATE_CONFLICT', message));
  });

  it('stay open when the answer is none', async () => {
    const { id } = await world.ask('Gold');
    await assert.rejects(world.questions.answer(id, { ...yes, choice: 'Maybe' }), fails('INPUT_INVALID', /choice/));
    assert.equal((await world.questions.find(id))?.isOpen, true);
    await assert.rejects(world.questions.answer('nobody', yes), fails('STATE_NOT_FOUND', /not known any more/));
  });

  it('are over at their deadline, unless somebody was sooner', async () => {
    const [late, sooner] = [await world.ask('Gold'), await world.ask('Silver')];
    await world.questions.answer(sooner.id, { ...yes, by: '' });
    for (const { id } of [late, sooner]) await world.questions.expire(id);
    assert.deepEqual((await world.questions.find(late.id))?.answer, {
      ...{ choice: null, values: {}, note: '', by: '', how: 'deadline' },
    });
    await assert.rejects(world.questions.answer(late.id, yes), fails('STATE_CONFLICT', /its time was over/));
    await assert.rejects(world.questions.answer(sooner.id, yes), fails('STATE_CONFLICT', /somebody answered "Yes"/));
  });

  it('are not answered for a run that went on', async () => {
    const { step, done } = await world.standing('Gold');
    const { id } = await world.questions.ask(step, anAsked(), null);
    await done();
    assert.equal((await world.questions.find(id))?.isOpen, false);
    await assert.rejects(
      world.questions.answer(id, yes),
      fails('STATE_RUN_ENDED', /the run "Gold" went on without it/),
    );
  });

  it('are found by the node and the id or key of the run, while they are open', async () => {
    const gold = await world.ask('Gold');
    await world.ask('Silver');
    const openAt = async (node: string, run: string) => (await world.questions.openAt(node, run)).map(({ id }) => id);
    for (const run of ['Gold', gold.step.runId]) assert.deepEqual(await openAt('n1', run), [gold.id]);
    const guid = 'aaaaaaaa-0000-0000-0000-00000000000b';
    const other = await world.ask(guid);
    assert.deepEqual(await openAt('n1', guid.toUpperCase()), [other.id]);
    assert.deepEqual(await openAt('n2', 'Gold'), []);
    await world.questions.answer(gold.id, yes);
    assert.deepEqual(await openAt('n1', 'Gold'), []);
  });

  it('are listed page by page, the oldest first, and counted', async () => {
    const ids: string[] = [];
    for (const key of ['Gold', 'Silver', 'Tin']) {
      ids.push((await world.ask(key)).id);
      world.clock.advance(1000);
    }
    const { rows, next } = await listQuestions(world.store, 'ann', undefined, 2);
    assert.deepEqual(
      rows.map(({ id, key, as, choices }) => [id, key, as, choices.length]),
      [
        [ids[0], 'Gold', 'ann', 2],
        [ids[1], 'Silver', 'ann', 2],
      ],
    );
    assert.ok(next);
    const last = await listQuestions(world.store, 'ann', next, 2);
    assert.deepEqual([last.rows.map(({ id }) => id), last.next], [[ids[2]], null]);
    assert.equal((await overview(world.store, 0)).questions, 3);
    await world.questions.answer(ids[0] ?? '', yes);
    assert.equal((await overview(world.store, 0)).questions, 2);
  });

  it('are told to each who may answer, with a link of their own', async () => {
    const people = ['Ann', 'Bob'];
    const asked = await world.ask('Gold', { people }, Date.UTC(2026, 0, 3));
    const notices = noticesOf(asked, 'https://billing/answer');
    assert.deepEqual(
      notices.map(({ person, run, until, isReminder }) => [person, run, until, isReminder]),
      people.map(person => [person, 'Gold', '2026-01-03T00:00:00.000Z', false]),
    );
    for (const { link, person } of notices) {
      const { searchParams } = new URL(link);
      assert.equal(searchParams.get('q'), asked.id);
      assert.equal(personOfToken(asked, searchParams.get('t') ?? ''), person);
    }
    await world.questions.told(asked.id);
    const told = await world.questions.find(asked.id);
    assert.deepEqual([told?.told, told?.toldAt], [1, world.clock.now()]);
    assert.deepEqual(
      noticesOf(told ?? assert.fail(), null).map(({ isReminder, link }) => [isReminder, link]),
      [
        [true, ''],
        [true, ''],
      ],
    );
  });

  it('have one link for anybody, which is good for no other question', async () => {
    const [gold, silver] = [await world.ask('Gold'), await world.ask('Silver')];
    const [notice, ...others] = noticesOf(gold, 'https://billing/answer');
    assert.deepEqual([notice?.person, notice?.until, others], ['', null, []]);
    const token = tokenOf(gold, '');
    assert.equal(personOfToken(gold, token), '');
    for (const wrong of [tokenOf(silver, ''), tokenOf(gold, 'Ann'), '', `${token}x`])
      assert.equal(personOfToken(gold, wrong), null);
  });
});
