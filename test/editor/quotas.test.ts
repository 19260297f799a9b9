import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator } from 'playwright-core';
import type { ServiceQuota } from '../../lib/wap/types';
import { openBrowser, pictureFolder } from '../harness/browser';
import { assertAccessible } from '../harness/desk';
import { type Editor, openEditor } from '../harness/editor';
import { onEachMajor, repository } from '../harness/repository';
import { until } from '../harness/until';
import type { World } from '../harness/world';
import { nodesOf } from '../nodes/bench';
import { connections, startWapWorld } from '../nodes/wap-world';

/** The printed example of dn448811, with a VM cloud's limits beside. */
const { ServiceQuotas } = JSON.parse(readFileSync(join(repository, 'test', 'data', 'wap', 'quotas.json'), 'utf8')) as {
  ServiceQuotas: ServiceQuota[];
};
const clouds =
  '<Clouds><Cloud Id="c1" StampId="s1"><Quota><RoleVMCount>10</RoleVMCount><RoleMemoryMB/></Quota></Cloud></Clouds>';
const services = ServiceQuotas.map(service =>
  service.ServiceName === 'systemcenter'
    ? { ...service, Settings: [...service.Settings, { Key: 'Clouds', Value: clouds }] }
    : service,
);

const flows = [
  { id: 'tab', type: 'tab', label: 'quotas' },
  ...connections,
  ...nodesOf('wap-plan-configure', {
    gold: { connection: 'ok', kind: 'plan', kindType: 'str', planId: 'gold-id', planIdType: 'str' },
    late: { connection: 'ok', kind: 'plan', kindType: 'str', planId: 'wap.plan.Id', planIdType: 'msg' },
    odd: { connection: 'nobody', kind: 'plan', kindType: 'str', planId: 'gold-id', planIdType: 'str', quotas: '[1]' },
  }),
];

onEachMajor('quotas as fields', major => {
  let world: World;
  let browser: Browser;
  let editor: Editor;
  let steps = 0;

  before(async function start() {
    this.timeout(180_000);
    world = await startWapWorld({ major });
    world.wap.seed({ plans: [{ Id: 'gold-id', DisplayName: '<b>Gold</b>', ServiceQuotas: services }] });
    await world.deploy(world.probes(flows).drive('gold', 'gold').watch('gold', 'gold', 0).done());
    browser = await openBrowser();
    editor = await openEditor(browser, world.nodeRed.url, { types: ['wap-plan-configure'] });
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });
  afterEach(() => editor.assertNoPageErrors());

  const part = (service: string) => editor.page.locator(`[data-service="${service}"]`);
  const saved = (id: string) =>
    editor.page.evaluate(name => String((window.RED.nodes.node(name) as { quotas?: string } | null)?.quotas), id);
  const settings = (service: string) => {
    const [plan] = world.wap.state.plans;
    return Object.fromEntries(
      (plan?.ServiceQuotas.find(each => each.ServiceName === service)?.Settings ?? []).map(({ Key, Value }) => [
        Key,
        Value,
      ]),
    );
  };
  async function pictureOfForm(what: string) {
    const path = join(pictureFolder(), `quotas-${what}-${major}.png`);
    await editor.page.locator('#wap-billing-quotas').screenshot({ path });
  }
  async function press(target: Locator) {
    steps += 1;
    await target.click();
  }
  async function type(target: Locator, text: string) {
    steps += 1;
    await target.fill(text);
    await target.blur();
  }

  it('changes one SQL quota of a plan and nothing else, in at most 8 steps', async () => {
    const before = structuredClone(world.wap.state.plans[0]);
    assert.ok(before);
    steps = 1; // opening the dialog
    await editor.openDialog('gold');
    const count = part('sqlservers').locator('tbody tr').first().locator('input').first();
    await count.waitFor();
    assert.equal(await count.getAttribute('placeholder'), '5');
    await pictureOfForm('first');
    await type(count, '7');
    steps += 1;
    await editor.saveDialog();
    assert.equal(await saved('gold'), '{"sqlservers":{"Editions":[{"displayName":"Default","resourceCount":"7"}]}}');
    await world.nodeRed.deployedBy(() => press(editor.page.locator('#red-ui-header-button-deploy')));
    steps += 1; // the inject
    await world.inject('gold');
    await world.message('gold');
    const [edition] = JSON.parse(settings('sqlservers').Editions ?? '[]') as Array<Record<string, unknown>>;
    const wanted = JSON.parse(before.ServiceQuotas[0]?.Settings[0]?.Value ?? '[]') as Array<Record<string, unknown>>;
    assert.deepEqual(edition, { ...wanted[0], resourceCount: '7' });
    const others = (plan: typeof before) => plan.ServiceQuotas.filter(each => each.ServiceName !== 'sqlservers');
    assert.deepEqual(world.wap.state.plans[0] && others(world.wap.state.plans[0]), others(before));
    assert.ok(steps <= 8, `${steps} steps`);
  }).timeout(90_000);

  it('shows every service of the plan, names as text, and limits of VM clouds with what is unlimited', async () => {
    await editor.openDialog('gold');
    const limit = (text: string) => part('systemcenter').locator('.wap-billing-quota-limit', { hasText: text });
    await limit('VMs, together').locator('input[type=text]').waitFor();
    assert.equal(await limit('VMs, together').locator('input[type=text]').getAttribute('placeholder'), '10');
    assert.equal(await limit('Memory, together').locator('input[type=text]').getAttribute('placeholder'), 'unlimited');
    await type(limit('VMs, together').locator('input[type=text]'), '20');
    await press(limit('CPU cores, together').locator('input[type=checkbox]'));
    await type(limit('Networks, together').locator('input[type=text]'), '3');
    await pictureOfForm('all');
    await editor.saveDialog();
    const { systemcenter } = JSON.parse(await saved('gold')) as Record<string, Record<string, string>>;
    assert.deepEqual(systemcenter, {
      Actions:
        '<Actions><Stamp Id="4c8e1a70-52bd-4f9e-8a36-70d9c2b5e186"><Action MaximumNetwork="3">AuthorVMNetwork</Action></Stamp></Actions>',
      Clouds:
        '<Clouds><Cloud Id="c1" StampId="s1"><Quota><RoleVMCount>20</RoleVMCount><RoleCPUCount/></Quota></Cloud></Clouds>',
    });
  }).timeout(60_000);

  it('shows what was saved again, and takes it back when it is emptied', async () => {
    await editor.openDialog('gold');
    const count = part('sqlservers').locator('tbody tr').first().locator('input').first();
    await count.waitFor();
    assert.equal(await count.inputValue(), '7');
    const vms = part('systemcenter').locator('.wap-billing-quota-limit', { hasText: 'VMs, together' });
    assert.equal(await vms.locator('input[type=text]').inputValue(), '20');
    await type(count, '');
    await editor.saveDialog();
    assert.deepEqual(Object.keys(JSON.parse(await saved('gold'))), ['systemcenter']);
  }).timeout(60_000);

  it('adds a whole edition to a plan that is only known at run time, without asking WAP', async () => {
    await editor.openDialog('late');
    const table = editor.page.locator('.red-ui-editableList', {
      has: editor.page.locator('#wap-billing-table-services'),
    });
    await press(table.locator('.red-ui-editableList-addButton'));
    await type(table.locator('input').first(), 'sqlservers');
    await press(part('sqlservers').getByRole('button', { name: 'New edition' }));
    await type(part('sqlservers').locator('tbody tr input').nth(1), '3');
    await editor.saveDialog();
    const { sqlservers } = JSON.parse(await saved('late')) as {
      sqlservers: { Editions: Array<Record<string, unknown>> };
    };
    const { offerEditionId, ...edition } = sqlservers.Editions[0] ?? {};
    assert.match(String(offerEditionId), /^\d{12}$/);
    assert.deepEqual(edition, {
      ...{ displayName: 'Default', groupName: 'Default', groupType: null },
      ...{ resourceCount: '3', resourceSize: '512', resourceSizeLimit: '512' },
    });
  }).timeout(60_000);

  it('looks at JSON and XML of settings that it does not know, and keeps a text as it is', async () => {
    await editor.openDialog('gold');
    await part('webspaces').waitFor();
    await press(part('webspaces').locator('summary'));
    await type(part('webspaces').locator('details input'), 'Limits');
    await press(part('webspaces').getByRole('button', { name: 'Add' }));
    const box = part('webspaces').locator('textarea');
    await type(box, '{"cpu": 5');
    assert.equal(await part('webspaces').getByRole('alert').innerText(), 'This is not readable JSON.');
    await type(box, '{"cpu": 5}');
    assert.equal(await part('webspaces').getByRole('alert').isVisible(), false);
    await editor.saveDialog();
    assert.match(await saved('gold'), /"webspaces":\{"Limits":"\{\\"cpu\\": 5\}"\}/);
  }).timeout(60_000);

  it('leaves quotas alone that no field can show, and says why WAP cannot be asked', async () => {
    await editor.openDialog('odd');
    const note = editor.page.locator('.wap-billing-quota-note');
    await until('the reason', async () => /WAP could not be reached/.test(await note.innerText()));
    await editor.saveDialog();
    assert.equal(await saved('odd'), '[1]');
  }).timeout(60_000);

  it('is readable in a narrow window, in Spanish and in the dark', async () => {
    const look = { dark: true, language: 'es-ES', width: 667 };
    const narrow = await openEditor(browser, world.nodeRed.url, { types: ['wap-plan-configure'], ...look });
    await narrow.openDialog('gold');
    const form = narrow.page.locator('#wap-billing-quotas');
    await form.locator('[data-service="sqlservers"] tbody tr').first().waitFor();
    await form.screenshot({ path: join(pictureFolder(), `quotas-narrow-${major}.png`) });
    await assertAccessible(narrow, '#wap-billing-quotas');
    const [inner, outer] = await form.evaluate(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth]);
    assert.ok(Number(inner) <= Number(outer) + 1, `${inner} in ${outer}`);
    narrow.assertNoPageErrors();
    await narrow.close();
  }).timeout(60_000);
});
