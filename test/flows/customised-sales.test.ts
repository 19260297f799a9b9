import assert from 'node:assert/strict';
import type { RunDescription } from '../../lib/workflow/describe';
import { onEachMajor } from '../harness/repository';
import { change, Desk, Drawing, either, killed, stored } from './customised';
import { notSold } from './sale-checks';
import { type Kind, type SaleWorld, startSale } from './sale-world';

/** Two time zones in which it is not the same day now, and not near midnight. */
const [today, tomorrow] = new Date().getUTCHours() < 11 ? ['Etc/GMT+12', 'Etc/GMT-6'] : ['Etc/GMT+6', 'Etc/GMT-14'];

onEachMajor('sales as an operations team changes them', major => {
  let sale: SaleWorld;
  let desk: Desk;
  /** Of every test so far, as the store should have them in the end. */
  const runs: string[] = [];

  before(async function () {
    this.timeout(120_000);
    sale = await startSale(major, ['03 - Daily'], { env: { TZ: today }, wap: { quotaSyncMs: 0 } });
    desk = new Desk(sale.world);
  });
  after(() => sale.stop());
  afterEach(() => {
    sale.world.wap.faults.clear();
    sale.world.billing.faults.clear();
  });

  const daily = () => Drawing.of('03 - Daily');
  const begin = 'daily plan';
  const ended = (key: string, state = 'completed', workflow = begin) => {
    const run = `${workflow}, ${key}`;
    runs.push(`${run}: ${state}`);
    return sale.until(`${run} is ${state}`, async () => (await desk.runs(key))[run] === state);
  };
  async function sold(name: string, kind: Kind = 'plan'): Promise<void> {
    await sale.published(kind, name);
    assert.deepEqual(await notSold(sale, kind, name), []);
  }
  const holdPlan = () => sale.world.wap.faults.add({ kind: 'hold', method: 'POST', path: '/plans' });
  const holdOffer = (skip = 0) =>
    sale.world.billing.faults.add({ kind: 'hold', method: 'POST', path: '/offers', skip });

  it('puts a prefix before each name once, however often the change node runs', async () => {
    await sale.draw(daily().insert(begin, change('prefix', { 'order.name': '"ACME " & order.name' })).nodes);
    const made = holdPlan();
    const offered = holdOffer();
    await sale.press('Sell Bronze Hosting');
    await made.untilHit();
    await killed(sale.world, made);
    await offered.untilHit();
    await killed(sale.world, offered);
    await sold('ACME Bronze Hosting');
    assert.deepEqual(
      sale.plans('plan').map(({ DisplayName }) => DisplayName),
      ['ACME Bronze Hosting'],
    );
    await ended('Bronze Hosting');
  });

  it('sends expensive plans to a person by a switch, who answers after two kills', async () => {
    const wait = {
      ...{ type: 'wap-workflow-wait', name: 'may we?', state: daily().the('State').id, question: 'Sell {{topic}}?' },
      ...{
        choices: '[{"choice":"Yes"},{"choice":"No"}]',
        fields: '[]',
        people: '',
        deadlineHours: '',
        remindHours: '',
      },
      ...{ links: false, wires: [[], [], [], []] },
    };
    const drawing = daily()
      .insert(begin, either('expensive?', '$number($substringBefore(order.price, " ")) > 100'))
      .add(begin, wait)
      .add(begin, { type: 'wap-workflow-end', name: 'refused', endState: 'failed', note: 'too dear', noteType: 'str' });
    drawing.wire('expensive?', ['may we?']).wire('expensive?', ['create in WAP'], 1);
    await sale.draw(drawing.wire('may we?', ['create in WAP']).wire('may we?', ['refused'], 1).nodes);

    const offered = holdOffer();
    await sale.order('Cheap');
    await sale.order('Dear', 'plan', '490 EUR per month');
    await sale.order('Dearest', 'plan', '4900 EUR per month');
    const [dear, dearest] = [await desk.asked('Dear'), await desk.asked('Dearest')];
    await offered.untilHit();
    await killed(sale.world, offered);
    await sold('Cheap');
    await killed(sale.world);
    assert.deepEqual([(await desk.asked('Dear')).id, (await desk.questions()).length], [dear.id, 2]);
    assert.deepEqual([sale.plan('plan', 'Dear'), sale.plan('plan', 'Dearest')], [undefined, undefined]);
    assert.equal(await desk.answer(dear.id, 'Yes'), 200);
    assert.equal(await desk.answer(dearest.id, 'No'), 200);
    await sold('Dear');
    await ended('Cheap');
    await ended('Dear');
    await ended('Dearest', 'failed');
    assert.equal(sale.plan('plan', 'Dearest'), undefined);
    assert.deepEqual(await desk.questions(), []);
  });

  it('uses a subflow with steps twice in one run: a plan, and an add-on beside it', async () => {
    const steps = ['create in WAP', 'services and quotas', 'create in billing', 'update mapping', 'make public'];
    const kindAnd = (kind: string, name: string) => ({ 'order.kind': `"${kind}"`, 'order.name': name });
    const drawing = daily().wire('services and quotas', ['create in billing']).enclose('on sale', steps);
    drawing
      .add(begin, { type: 'subflow:on sale', name: 'the plan' })
      .add(begin, { type: 'subflow:on sale', name: 'the add-on' })
      .wire(begin, ['the plan'])
      .wire('the plan', ['the add-on'])
      .insert(begin, change('plan first', kindAnd('plan', 'topic & " plan"')))
      .wire('the add-on', ['done'])
      .insert('the plan', change('then add-on', kindAnd('addon', 'topic & " extra"')));
    await sale.draw(drawing.nodes);
    const offered = holdOffer(1);
    await sale.order('Bundle');
    await offered.untilHit();
    await killed(sale.world, offered);
    await sold('Bundle plan');
    await sold('Bundle extra', 'addon');
    await ended('Bundle');
    assert.equal(sale.plans('addon').length, 1);
  });

  /** All steps behind a link call. */
  function called(timeout: string): Drawing {
    const drawing = daily()
      .add(begin, { type: 'link in', name: 'sell', links: [] })
      .add(begin, { type: 'link call', name: 'do it', links: ['sell'], linkType: 'static', timeout })
      .add(begin, { type: 'link out', name: 'back', mode: 'return', links: [] });
    drawing.wire('sell', ['create in WAP']).wire('make public', ['back']);
    return drawing.wire(begin, ['do it']).wire('do it', ['done']);
  }

  it('keeps steps behind a link call', async () => {
    await sale.draw(called('30').nodes);
    const [made, offered] = [holdPlan(), holdOffer()];
    await sale.order('Called');
    await made.untilHit();
    await killed(sale.world, made);
    await offered.untilHit();
    await killed(sale.world, offered);
    await sold('Called');
    await ended('Called');
  });

  it('goes on behind a link call that Catch has heard a timeout of, before a kill and after it', async () => {
    await sale.draw(called('0.2').nodes);
    const timeouts = () => {
      const mine = sale.world.messages('caught').filter(({ topic }) => topic === 'Patient');
      return mine.map(({ error }) => error as { message: string; cause?: { run?: object } });
    };
    const first = holdOffer();
    await sale.order('Patient');
    await first.untilHit();
    await sale.until('Catch hears of it', () => timeouts().length === 1);
    const publishing = sale.world.wap.faults.add({ kind: 'hold', method: 'PUT', path: /^\/plans\/Patien[^/]*$/ });
    await killed(sale.world, first);
    await publishing.untilHit();
    await sale.until('Catch hears of it again', () => timeouts().length === 2);
    publishing.remove();
    await sold('Patient');
    await ended('Patient');
    // Core's, not a step's: a Catch branch that gives runs up can tell it by that.
    for (const { message, cause } of timeouts()) assert.deepEqual([message, cause?.run], ['timeout', undefined]);
  });

  it('does all that core delay holds back, also what a kill took from it', async () => {
    const rate = { type: 'delay', name: 'slowly', pauseType: 'rate', rate: '4', nbRateUnits: '1', rateUnits: 'second' };
    await sale.draw(daily().insert(begin, { ...rate, drop: false, outputs: 1 }).nodes);
    const names = ['Slow A', 'Slow B', 'Slow C', 'Slow D'];
    const made = holdPlan();
    for (const name of names) await sale.order(name);
    await made.untilHit();
    await killed(sale.world, made);
    for (const name of names) await sold(name);
    for (const name of names) await ended(name);
  });

  it('leaves open what core delay drops, and does it once it is sent again', async () => {
    const rate = { type: 'delay', name: 'slowly', pauseType: 'rate', rate: '1', nbRateUnits: '1', rateUnits: 'hour' };
    const drawing = daily().insert(begin, { ...rate, drop: true, outputs: 1 });
    await sale.draw(drawing.nodes);
    const names = ['Drop A', 'Drop B', 'Drop C'];
    const done = () => names.filter(name => sale.plan('plan', name)?.State === 1).length;
    for (const name of names) await sale.order(name);
    await sold('Drop A');
    await killed(sale.world);
    await sale.until('a second one is sold', () => done() === 2);
    await sale.until('its run ends', async () => {
      const all = await Promise.all(names.map(name => sale.run(name)));
      return all.filter(run => run?.state === 'open').length === 1;
    });
    await sale.draw(drawing.nodes);
    for (const name of names) await sold(name);
    for (const name of names) await ended(name);
  });

  it('tries again from Catch until billing is there, over a kill, and gives up by cancel with a clean-up', async () => {
    const drawing = daily()
      .set(begin, { attempts: '1' })
      .set('Billing', { retries: '0' })
      .add(begin, either('may it pass?', 'error.code = "BILLING_SERVER"'))
      .add(begin, change('again', { control: '"resume"' }))
      .add(begin, {
        type: 'delay',
        name: 'a little later',
        pauseType: 'delay',
        timeout: '0.02',
        timeoutUnits: 'seconds',
      })
      .add(begin, change('give up', { control: '"cancel"' }));
    drawing.wire('any failure', [String(drawing.the('any failure').wires?.[0]?.[0]), 'may it pass?']);
    drawing.wire('may it pass?', ['again']).wire('may it pass?', ['give up'], 1);
    drawing.wire('again', ['a little later']).wire('a little later', [begin]).wire('give up', [begin]);
    // What a cancelled run made is taken away by a run of its own, so that a kill does not lose that.
    drawing
      .add(begin, either('cancelled?', 'payload.state = "cancelled"'))
      .add(
        begin,
        change('what to delete', {
          ...{ topic: 'payload.key', planId: '(payload.steps[planId])[0].planId', control: null, error: null },
        }),
      )
      .add(begin, {
        ...{ ...drawing.the(begin), id: 'clean up', type: 'wap-workflow-start', name: 'clean up' },
        ...{ workflowName: 'clean up', wires: [[], [], []] },
      })
      .add(begin, {
        ...{ type: 'wap-plan-delete', name: 'take it away', connection: drawing.the('WAP').id, which: 'plan' },
        ...{ kind: 'plan', kindType: 'str', planId: 'planId', planIdType: 'msg', allowPublic: false },
      })
      .add(begin, { type: 'wap-workflow-end', name: 'clean', endState: 'completed' });
    drawing.wire(begin, ['cancelled?'], 2).wire('cancelled?', ['what to delete']).wire('what to delete', ['clean up']);
    await sale.draw(drawing.wire('clean up', ['take it away']).wire('take it away', ['clean']).nodes);

    const { wap, billing } = sale.world;
    const times = Number.POSITIVE_INFINITY;
    const away = billing.faults.add({ kind: 'status', status: 503, path: /^\/offers/, times });
    await sale.order('Late');
    // More often than Node-RED lets one message come to Catch.
    const caught = () => sale.world.messages('caught').filter(({ topic }) => topic === 'Late').length;
    await sale.until('Catch has it often', () => caught() > 15);
    await sale.world.nodeRed.kill9();
    const before = caught();
    await sale.world.nodeRed.start();
    await sale.until('Catch has it again', () => caught() > before + 1);
    away.remove();
    await sold('Late');
    await ended('Late');

    billing.faults.add({ kind: 'status', status: 400, method: 'POST', path: '/offers' });
    const deleting = wap.faults.add({ kind: 'hold', method: 'DELETE', path: /^\/plans\// });
    await sale.order('Refused');
    await deleting.untilHit();
    await killed(sale.world, deleting);
    await ended('Refused', 'cancelled');
    await ended('Refused', 'completed', 'clean up');
    assert.equal(sale.plan('plan', 'Refused'), undefined);
    assert.equal(sale.offer('Refused'), undefined);
  });

  it('does the run of a day once, whatever fires again, and another one on another day', async () => {
    await sale.draw(Drawing.of('20 - Daily').set('run of the day', { oncePerKey: true }).nodes);
    const { wap, billing, env } = sale.world;
    const button = 'Bring plans to billing';
    const repeated = () => sale.world.messages('running').map(({ payload }) => (payload as RunDescription).state);
    const before = repeated().length;
    const summaries = () =>
      sale.world.messages('ended').flatMap(({ payload, outcomes }) => (outcomes ? [payload] : []));
    const seed = (name: string) => wap.seed({ plans: [{ Id: `w-${name}`, DisplayName: name, Price: '4.90 EUR' }] });
    for (const name of ['old 1', 'old 2']) seed(name);

    const offered = holdOffer(1);
    await sale.press(button);
    await offered.untilHit();
    await sale.press(button);
    await sale.until('it runs already', () => repeated().length === before + 1);
    await killed(sale.world, offered);
    await sale.until('the day is done', () => summaries().length === 1);
    seed('new');
    await sale.press(button);
    await sale.until('it was done', () => repeated().length === before + 2);
    assert.deepEqual(repeated().slice(before), ['open', 'completed']);
    assert.equal(sale.offer('new'), undefined);

    await sale.world.nodeRed.kill9();
    env.TZ = tomorrow;
    await sale.world.nodeRed.start();
    await sale.press(button);
    await sale.until('the other day is done', () => summaries().length === 2);
    assert.deepEqual(summaries(), ['2 of 2 plans brought to billing', '1 of 1 plans brought to billing']);
    const mapped = await sale.mapped('plan');
    for (const name of ['old 1', 'old 2', 'new']) {
      const offers = billing.state.offers.filter(({ key }) => key === `w-${name}`);
      assert.deepEqual([offers.length, mapped[`w-${name}`]], [1, offers[0]?.id]);
      await ended(`w-${name}`, 'completed', 'plan to billing');
    }
    const day = (timeZone: string) => new Intl.DateTimeFormat('en-CA', { timeZone }).format();
    for (const zone of [today, tomorrow]) await ended(`daily ${day(zone)}`, 'completed', 'what billing lacks');
  });

  it('has each run once in the state file, and each pair of WAP and billing', async () => {
    await sale.world.nodeRed.kill9();
    const found = await stored(sale.world);
    assert.deepEqual(found.runs, runs.sort());
    assert.deepEqual(found.openSteps, []);
    const pairs = found.mapping.map(({ wap_id, billing_id }) => `${wap_id} ${billing_id}`).sort();
    assert.deepEqual(pairs, sale.world.billing.state.offers.map(({ key, id }) => `${key} ${id}`).sort());
    assert.equal(pairs.length, [...sale.plans('plan'), ...sale.plans('addon')].length);
  });
});
