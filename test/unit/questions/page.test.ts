import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../../lib/async/clock';
import { noticesOf } from '../../../lib/questions/notice';
import { answerPage } from '../../../lib/questions/page-handler';
import type { Question } from '../../../lib/state/tables/question';
import { cleanScratch } from '../state/scratch';
import { QuestionWorld } from './question-world';

const aField = { name: 'price', label: 'Price', kind: 'number', options: [], needed: 'first' } as const;
const zone = { name: 'zone', label: 'Zone', kind: 'choice', needed: 'yes' } as const;

describe('the page behind the link of a question', () => {
  let world: QuestionWorld;
  let server: Server;
  let failures: unknown[];
  let address: string;
  let broken: Error | null;
  beforeEach(async () => {
    world = await QuestionWorld.open();
    [failures, broken] = [[], null];
    const page = answerPage({
      clock: systemClock,
      words: (key, values = {}) => [key, ...Object.values(values)].join(' '),
      find: id => (broken ? Promise.reject(broken) : world.questions.find(id)),
      answer: (id, given) => world.questions.answer(id, given),
      fail: error => void failures.push(error),
    });
    server = createServer((request, response) => void page(request, response));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
    await cleanScratch();
  });

  const linkOf = (question: Question, index = 0) => noticesOf(question, address)[index]?.link ?? assert.fail();
  const show = async (link: string) => {
    const response = await fetch(link);
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  const send = async (link: string, form: Record<string, string>) => {
    const response = await fetch(link, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
    return { status: response.status, text: await response.text(), location: response.headers.get('location') };
  };
  const answerOf = async ({ id }: Question) => (await world.questions.find(id))?.answer ?? null;

  it('shows the question, and a look answers nothing', async () => {
    const fields = [
      { ...aField, options: [] },
      { ...zone, options: ['North', 'South'] },
    ];
    const question = await world.ask('Gold', { text: 'Sell <Gold>?', fields }, Date.UTC(2026, 0, 3, 4, 5));
    const { status, text, headers } = await show(linkOf(question));
    assert.equal(status, 200);
    for (const part of [
      '<h1>Sell &lt;Gold&gt;?</h1>',
      '<p class="small">run Gold</p>',
      '<p class="small">until 2026-01-03 04:05 UTC</p>',
      '<input id="field.price" name="field.price" value="" inputmode="decimal" maxlength="1000">',
      '<select id="field.zone" name="field.zone" required><option value="" selected></option><option value="North">',
      '<input id="by" name="by" value="" required maxlength="1000">',
      '<button name="choice" value="Yes">Yes</button><button name="choice" value="Not yet">Not yet</button>',
    ])
      assert.ok(text.includes(part), `${part} is missing in ${text}`);
    assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none'; style-src 'sha256-/);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(await answerOf(question), null);
  });

  it('takes the answer of the person whose link it is, and then shows it', async () => {
    const fields = [{ ...aField, options: [] }];
    const question = await world.ask('Gold', { people: ['Ann', 'Bob'], fields });
    const link = linkOf(question, 1);
    assert.match((await show(link)).text, /<p class="small">as Bob<\/p>/);
    const form = { choice: 'Yes', 'field.price': '9.5', note: ' as <agreed> ', by: 'Ann' };
    const { status, location } = await send(link, form);
    assert.deepEqual([status, location], [303, new URL(link).search]);
    assert.deepEqual(await answerOf(question), {
      ...{ choice: 0, values: { price: 9.5 }, note: 'as <agreed>', by: 'Bob', how: 'link' },
    });
    const { text } = await show(link);
    assert.match(text, /<p role="status">answered Yes Bob 2026-01-02 00:00 UTC<\/p>/);
    assert.match(text, /<dt>Price<\/dt><dd>9\.5<\/dd><dt>note<\/dt><dd>as &lt;agreed&gt;<\/dd>/);
  });

  it('keeps what was filled in when something is missing', async () => {
    const fields = [
      { ...aField, options: [] },
      { ...zone, options: ['North', 'South'] },
    ];
    const question = await world.ask('Gold', { fields });
    const form = { choice: 'Not yet', 'field.zone': 'South', note: 'later' };
    const nameless = await send(linkOf(question), form);
    assert.equal(nameless.status, 400);
    for (const part of ['<p role="alert">noName</p>', '<option value="South" selected>', '>later</textarea>'])
      assert.ok(nameless.text.includes(part), `${part} is missing in ${nameless.text}`);
    const wrong = await send(linkOf(question), { ...form, by: 'Eve', 'field.price': 'nine' });
    assert.equal(wrong.status, 400);
    assert.match(wrong.text, /role="alert">Price: has to be a number.*name="by" value="Eve"/s);
    assert.equal(await answerOf(question), null);
  });

  it('leads a second answer to the first', async () => {
    const question = await world.ask('Gold', { people: ['Ann', 'Bob'] });
    await send(linkOf(question, 0), { choice: 'Yes' });
    assert.equal((await send(linkOf(question, 1), { choice: 'Not yet' })).status, 200);
    assert.equal((await answerOf(question))?.by, 'Ann');
  });

  it('says that time was over, or that the run went on', async () => {
    const question = await world.ask('Gold');
    await world.questions.expire(question.id);
    assert.match((await show(linkOf(question))).text, /<p role="status">late 2026-01-02 00:00 UTC<\/p>/);
    const { step, done } = await world.standing('Silver');
    const other = await world.questions.ask(step, question, null);
    await done();
    const { status, text } = await show(linkOf(other));
    assert.equal(status, 410);
    assert.match(text, /<h1>title\.over<\/h1><p class="small">over<\/p>/);
  });

  it('shows nothing of a question to who has no link of it', async () => {
    const [gold, silver] = [await world.ask('Gold'), await world.ask('Silver')];
    const token = new URL(linkOf(silver)).searchParams.get('t');
    for (const link of [address, `${address}?q=${gold.id}`, `${address}?q=${gold.id}&t=${token}`]) {
      const { status, text } = await show(link);
      assert.equal(status, 404);
      assert.match(text, /<h1>title\.unknown<\/h1>/);
    }
  });

  it('serves no other methods, and says nothing of what failed inside', async () => {
    const link = linkOf(await world.ask('Gold'));
    const { status, headers } = await fetch(link, { method: 'DELETE' });
    assert.deepEqual([status, headers.get('allow')], [405, 'GET, HEAD, POST']);
    broken = new Error('the disk is full');
    const hidden = await show(link);
    assert.deepEqual([hidden.status, failures], [503, [broken]]);
    assert.doesNotMatch(hidden.text, /disk/);
  });
});
