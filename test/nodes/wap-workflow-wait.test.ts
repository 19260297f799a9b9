import assert from 'node:assert/strict';
import { systemClock } from '../../lib/async/clock';
import type { RunDetails, RunLine } from '../../lib/desk/runs';
import type { QuestionNotice } from '../../lib/questions/notice';
import { Questions } from '../../lib/questions/questions';
import { openSqlite } from '../../lib/state/sqlite/store';
import type { RunDescription } from '../../lib/workflow/describe';
import type { FlowNode } from '../harness/admin-api';
import { onEachMajor } from '../harness/repository';
import { startWorld, type World } from '../harness/world';
import { end as endOf, type Properties, start, state, wait as waitIn } from './run-flows';

const wait = (z: string, more: Properties = {}): FlowNode =>
  waitIn(
    z,
    { yes: ['end'], no: ['end'] },
    {
      ...{ question: 'Is {{plan.name}} set up?', choices: '[{"choice":"Yes"},{"choice":"Not {{plan.name}}"}]' },
      ...{ links: true, linkBase: '${NODE_RED}', ...more },
    },
  );
const end = (z: string) => endOf(z, { result: 'answer', resultType: 'msg' });

const fields = [
  { name: 'billingId', label: 'Billing id of {{plan.name}}', kind: 'text', options: '', needed: 'first' },
  { name: 'seats', label: 'Seats', kind: 'number', options: '', needed: 'no' },
  { name: 'currency', label: 'Currency', kind: 'choice', options: 'EUR, USD', needed: 'no' },
];
const tabs = ['ask', 'few', 'late', 'remind'];
const flows = (more: Record<string, Properties> = {}): FlowNode[] => [
  state,
  ...tabs.map(id => ({ id, type: 'tab', label: id, ...more.tab })),
  ...[start('ask', ['wait']), wait('ask', { fields: JSON.stringify(fields), ...more.ask }), end('ask')],
  ...[start('few', ['wait']), wait('few', { people: 'Anna, ben@example.com' }), end('few')],
  ...[start('late', ['wait']), wait('late', { deadlineHours: '0.0006', ...more.late }), end('late')],
  ...[start('remind', ['wait']), wait('remind', { remindHours: '0.001' }), end('remind')],
];

onEachMajor('wap-workflow-wait', major => {
  let world: World;

  const probed = (more: Record<string, Properties> = {}): FlowNode[] => {
    const probes = world.probes(flows(more));
    for (const tab of tabs) {
      probes.drive(tab, `${tab} start`).drive(`${tab}-answer`, `${tab} wait`).catches(`${tab} error`, tab);
      probes.watch(`${tab} control`, `${tab} start`, 2).watch(`${tab} ended`, `${tab} end`);
      for (const [output, name] of ['yes', 'no', 'late', 'asked'].entries()) {
        probes.watch(`${tab} ${name}`, `${tab} wait`, output);
      }
    }
    return probes.done();
  };

  before(async function () {
    this.timeout(120_000);
    world = await startWorld({ major });
    await world.deploy(probed().map(node => ('linkBase' in node ? { ...node, linkBase: world.nodeRed.url } : node)));
  });
  after(() => world.stop());

  const redeploy = (more: Record<string, Properties>) =>
    world.deploy(probed(more).map(node => ('linkBase' in node ? { ...node, linkBase: world.nodeRed.url } : node)));
  const of = (name: string, key: string) =>
    world.messages(name).filter(({ topic, question }) => topic === key || (question as QuestionNotice)?.run === key);
  const begin = (tab: string, topic: string) => world.inject(tab, { topic, plan: { name: topic } });
  const asked = async (tab: string, key: string): Promise<QuestionNotice> =>
    (await world.until(`${key} is asked`, () => of(`${tab} asked`, key)[0]?.question ?? null)) as QuestionNotice;
  const answered = (tab: string, output: string, key: string) =>
    world.until(`${key} is answered`, () => of(`${tab} ${output}`, key)[0] ?? null);

  async function failure(tab: string, answer: Properties): Promise<{ code: string; message: string }> {
    const count = world.messages(`${tab} error`).length;
    await world.inject(`${tab}-answer`, { answer });
    const { error } = await world.message(`${tab} error`, count + 1);
    return error as { code: string; message: string };
  }

  it('asks with values of the message, and goes on by the output of the answer, which is on the message', async () => {
    await begin('ask', 'Gold');
    const question = await asked('ask', 'Gold');
    assert.equal(question.text, 'Is Gold set up?');
    assert.deepEqual(question.choices, ['Yes', 'Not Gold']);
    assert.equal(question.fields[0]?.label, 'Billing id of Gold');
    assert.equal(of('ask asked', 'Gold')[0]?.workflow, undefined);
    await world.inject('ask-answer', {
      answer: { run: 'Gold', choice: 'yes', by: 'anna', values: { billingId: 'b-1', seats: '12', currency: 'EUR' } },
    });
    const { answer } = await answered('ask', 'yes', 'Gold');
    const { at, ...said } = answer as Properties;
    assert.match(String(at), /^\d{4}-\d\d-\d\dT/);
    assert.deepEqual(said, {
      ...{ choice: 'Yes', by: 'anna', how: 'message', note: '' },
      values: { billingId: 'b-1', seats: 12, currency: 'EUR' },
    });
    await world.until('it ends', () => of('ask ended', 'Gold')[0] ?? null);
    assert.deepEqual(of('ask no', 'Gold'), []);
  });

  it('says what is wrong with an answer, and still waits', async () => {
    await begin('ask', 'Silver');
    await asked('ask', 'Silver');
    const run = 'Silver';
    const wrong: Array<[Properties, string, RegExp]> = [
      [{ run: 'Iron', choice: 'Yes' }, 'STATE_NOT_FOUND', /Iron.*waits for no answer/],
      [{ choice: 'Yes' }, 'INPUT_MISSING', /msg\.answer.*"run"/],
      [{ run, choice: 'Perhaps' }, 'INPUT_INVALID', /choice: has to be one of: Yes, Not Silver/],
      [{ run }, 'INPUT_MISSING', /choice: fill it in/],
      [{ run, choice: 'Yes' }, 'INPUT_MISSING', /Billing id of Silver: fill it in/],
      [{ run, choice: 'Not Silver', values: { seats: 'many' } }, 'INPUT_INVALID', /Seats: has to be a number/],
      [{ run, choice: 'Not Silver', values: { currency: 'GBP' } }, 'INPUT_INVALID', /Currency:.*EUR, USD/],
      [{ run, choice: 'Not Silver', values: { colour: 'red' } }, 'INPUT_INVALID', /colour: is not asked for/],
    ];
    for (const [answer, code, message] of wrong) {
      const error = await failure('ask', answer);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
    }
    await world.inject('ask-answer', { answer: { run, choice: 'Not Silver' } });
    await answered('ask', 'no', 'Silver');
    assert.match((await failure('ask', { run, choice: 'Yes' })).message, /waits for no answer/);
  });

  it('is asked once over kill -9, restart and deploys, and takes up other words', async () => {
    await begin('ask', 'Iron');
    const first = await asked('ask', 'Iron');
    await world.nodeRed.kill9();
    await world.nodeRed.start();
    await redeploy({ ask: { question: 'Is {{plan.name}} ready?', choices: '[{"choice":"Ready"},{"choice":"No"}]' } });
    await world.nodeRed.restart();
    await world.until('it waits again', async () => (await pageText(first.link)).includes('Is Iron ready?'));
    await world.inject('ask-answer', { answer: { run: 'Iron', choice: 'Ready', values: { billingId: 'b' } } });
    await answered('ask', 'yes', 'Iron');
    assert.equal(of('ask asked', 'Iron').length, 1);
    await redeploy({});
  }).timeout(120_000);

  it('goes on with an answer that came right before kill -9', async () => {
    await begin('ask', 'Tin');
    const { link } = await asked('ask', 'Tin');
    await post(link, { choice: 'Not Tin', by: 'eva' });
    await world.nodeRed.kill9();
    await world.nodeRed.start();
    // The message may have gone out before the end of the process, or after it.
    const desk = `${world.nodeRed.url}/wap-billing/desk/state`;
    const run = await world.until('it ends', async () => {
      const { rows } = (await (await fetch(`${desk}/runs?text=Tin`)).json()) as { rows: RunLine[] };
      return rows[0]?.state === 'completed' ? rows[0] : null;
    });
    const { steps } = (await (await fetch(`${desk}/run?id=${run.id}`)).json()) as RunDetails;
    assert.deepEqual(
      steps.map(step => step.answer),
      [{ choice: 'Not Tin', by: 'eva' }],
    );
  }).timeout(120_000);

  describe('whose answers were changed after somebody answered', () => {
    const no = '{"choice":"Not {{plan.name}}"}';
    const answeredAside = async (run: string, choices: string) => {
      await begin('ask', run);
      const { id } = await asked('ask', run);
      await redeploy({ tab: { disabled: true } });
      const store = await openSqlite(world.stateFile);
      await new Questions(store, systemClock).answer(id, { choice: `Not ${run}`, by: 'eva', how: 'desk' });
      await store.close();
      await redeploy({ ask: { choices } });
    };

    it('goes on by the answer that was read, wherever its output is now', async () => {
      await answeredAside('Nickel', `[${no},{"choice":"Yes"}]`);
      const { answer } = await answered('ask', 'yes', 'Nickel'); // the first output
      assert.equal((answer as Properties).choice, 'Not Nickel');
      await redeploy({});
    });

    it('says that the answer has no output any more, and goes on once it has one', async () => {
      const count = world.messages('ask error').length;
      await answeredAside('Chrome', '[{"choice":"Yes"},{"choice":"Later"}]');
      const { error } = await world.message('ask error', count + 1);
      assert.match((error as { message: string }).message, /the answer was "Not Chrome".*Add it again/);
      await redeploy({});
      await world.inject('ask', { control: 'resume', run: 'Chrome' });
      await answered('ask', 'no', 'Chrome');
    });
  });

  describe('the page behind a link', () => {
    it('answers by its buttons only, once, and shows then what was answered and by whom', async () => {
      await begin('ask', 'Lead <b>');
      const { link } = await asked('ask', 'Lead <b>');
      for (const method of ['GET', 'HEAD', 'GET']) assert.equal((await fetch(link, { method })).status, 200);
      const page = await pageText(link);
      assert.match(page, /Is Lead &lt;b&gt; set up\?/);
      assert.deepEqual(of('ask yes', 'Lead <b>'), []);
      const nameless = await post(link, { choice: 'Yes', 'field.billingId': 'b-9' });
      assert.equal(nameless.status, 400);
      assert.match(await nameless.text(), /role="alert">Your name: fill it in[\s\S]*value="b-9"/);
      const incomplete = await post(link, { choice: 'Yes', by: 'Eva', note: 'see "mail"' });
      assert.equal(incomplete.status, 400);
      assert.match(await incomplete.text(), /Billing id of Lead &lt;b&gt;: fill it in[\s\S]*see &quot;mail&quot;/);
      const taken = await post(link, { choice: 'Yes', by: 'Eva', 'field.billingId': 'b-9' });
      assert.equal(taken.status, 303);
      const { answer } = await answered('ask', 'yes', 'Lead <b>');
      assert.equal((answer as Properties).how, 'link');
      await post(link, { choice: 'Not Lead <b>', by: 'Mallory' });
      assert.match(await pageText(link), /Eva answered “Yes”[\s\S]*b-9/);
    });

    it('is good for one person, and nothing can be guessed from it', async () => {
      await begin('few', 'Zinc');
      await asked('few', 'Zinc');
      const notices = await world.until('both are asked', () => {
        const all = of('few asked', 'Zinc').map(({ question }) => question as QuestionNotice);
        return all.length === 2 ? all : null;
      });
      assert.deepEqual(
        notices.map(({ person }) => person),
        ['Anna', 'ben@example.com'],
      );
      const [anna, ben] = notices.map(({ link }) => link);
      assert.notEqual(anna, ben);
      const wrong = `${anna?.slice(0, -3)}abc`;
      for (const link of [wrong, String(anna).replace(/&t=.*/, ''), String(anna).replace(/q=[^&]*/, 'q=x')]) {
        assert.equal((await fetch(link)).status, 404);
        assert.equal((await post(link, { choice: 'Yes' })).status, 404);
      }
      const { headers } = await fetch(String(ben));
      assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.match((await failure('few', { run: 'Zinc', choice: 'Yes', by: 'mallory' })).message, /may not answer/);
      await post(String(ben), { choice: 'Yes', by: 'Anna' });
      const { answer } = await answered('few', 'yes', 'Zinc');
      assert.equal((answer as Properties).by, 'ben@example.com');
    });

    it('says that a cancelled run asks no more, and a larger body is refused', async () => {
      await begin('ask', 'Brass');
      const { link } = await asked('ask', 'Brass');
      const large = await post(link, { choice: 'Yes', note: 'x'.repeat(70_000) });
      assert.equal(large.status, 413);
      await world.inject('ask', { control: 'cancel', run: 'Brass' });
      await world.until('it is cancelled', async () => (await fetch(link)).status === 410);
      assert.match(await pageText(link), /not asked any more/);
      assert.equal((await post(link, { choice: 'Yes', by: 'Eva' })).status, 410);
    });
  });

  it('goes on by its own output when nobody answers in time, also over a restart', async () => {
    await begin('late', 'Slow');
    const { link, until } = await asked('late', 'Slow');
    assert.ok(until);
    await world.nodeRed.kill9();
    await world.nodeRed.start();
    const late = await answered('late', 'late', 'Slow');
    assert.equal(late.answer, undefined);
    assert.match(await pageText(link), /Nobody answered in time/);
  }).timeout(120_000);

  it('reminds, and no more once it is answered', async () => {
    await begin('remind', 'Copper');
    await world.until('two reminders', () => of('remind asked', 'Copper').length >= 3);
    const reminders = of('remind asked', 'Copper').map(({ question }) => (question as QuestionNotice).isReminder);
    assert.deepEqual(reminders.slice(0, 3), [false, true, true]);
    await world.inject('remind-answer', { answer: { run: 'Copper', choice: 'Yes' } });
    await answered('remind', 'yes', 'Copper');
    await world.inject('remind', { control: 'list' });
    const { payload } = await world.message('remind control');
    assert.ok((payload as RunDescription[]).some(({ key }) => key === 'Copper'));
  }).timeout(60_000);
});

const pageText = async (link: string): Promise<string> => (await fetch(link)).text();
const post = (link: string, form: Record<string, string>): Promise<Response> =>
  fetch(link, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
