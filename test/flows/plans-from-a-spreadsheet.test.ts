import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunDescription } from '../../lib/workflow/describe';
import { onEachMajor } from '../harness/repository';
import { type SaleWorld, startSale } from './sale-world';

const headings = 'name;description;price;currency';

/** As a spreadsheet saves it: with a byte order mark and CRLF. */
const sheet = (...rows: string[]) => `\uFEFF${[headings, ...rows].map(row => `${row}\r\n`).join('')}`;

/** What a row says, the name of its plan, and the price that tenants shall read. */
const good: Array<[string, string, string]> = [
  ['Agate Hosting;Two databases;4,90;EUR', 'Agate Hosting', '4.90 EUR per month'],
  ['"Beryl; Hosting";"Mail; web";8,90;EUR', 'Beryl; Hosting', '8.90 EUR per month'],
  ['"Citrine ""All in""";;18;EUR', 'Citrine "All in"', '18 EUR per month'],
  ['Größe L;Für Vereine;"1.234,50";EUR', 'Größe L', '1234.50 EUR per month'],
  ['"Jade Hosting";"Two\r\n\r\nlines";10,5;EUR', 'Jade Hosting', '10.5 EUR per month'],
  [' Onyx Hosting ;Ten databases;19,50;USD', 'Onyx Hosting', '19.50 USD per month'],
  ['2026;A number for a name;0,00;EUR', '2026', '0.00 EUR per month'],
  ['Quartz Hosting;Five web sites;9,90;EUR', 'Quartz Hosting', '9.90 EUR per month'],
  ['Topaz Hosting;Web;29,90;EUR', 'Topaz Hosting', '29.90 EUR per month'],
  ['Zircon Hosting;A server;1490;EUR', 'Zircon Hosting', '1490 EUR per month'],
];

/** Rows 3, 5, 7 and 17 cannot be done, row 6 is empty, and so is row 8, a blank line. */
const [agate = '', beryl = '', ...others] = good.map(([row]) => row);
const file = sheet(
  ...[agate, 'Wrong Hosting;No price;on request;EUR', beryl, ';Nameless;4,90;EUR', ';;;', 'Bad Hosting;;4.90;EUR', ''],
  ...[...others, 'Late Hosting;;4,90;'],
);
const complaints = [
  /^Row 3 \(Wrong Hosting\): The price "on request" is not a number such as 4,90\. Nothing of it was done/,
  /^Row 5: The name is empty/,
  /^Row 7 \(Bad Hosting\): The price "4\.90" is not a number/,
  /^Row 17 \(Late Hosting\): The currency is empty\./,
];

onEachMajor('example: ten plans from a spreadsheet', major => {
  let sale: SaleWorld;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wap-billing-sheet-'));
  });
  afterEach(async () => {
    await sale?.stop();
    rmSync(folder, { recursive: true });
  });

  const press = () => sale.press('Create the plans');
  const told = () => sale.world.messages('told').map(({ error }) => (error as { message: string }).message);
  const complained = (times: number) =>
    sale.until(`complaints of ${times} presses`, () => told().length >= times * complaints.length);
  const ended = (count: number) =>
    sale.until(`${count} runs have ended`, async () => {
      const runs = (await sale.control('list')) as RunDescription[];
      return runs.filter(({ state }) => state === 'completed').length === count;
    });
  /** Every plan of WAP: its name, its price, its offers, and what it is mapped to. */
  async function made() {
    const mapped = await sale.mapped('plan');
    const plans = sale.plans('plan').map(({ Id, DisplayName, Price }) => {
      const offers = sale.world.billing.state.offers.filter(({ key }) => key === Id).map(({ id }) => id);
      return { name: DisplayName, price: Price, offers, mapped: mapped[Id] };
    });
    return plans.sort((a, b) => a.name.localeCompare(b.name));
  }

  it('creates each once in WAP and in billing and maps it, through kill -9 and presses, and names each wrong row', async function () {
    this.timeout(180_000);
    const path = join(folder, 'plans of May.csv');
    writeFileSync(path, file);
    sale = await startSale(major, ['18 - Ten'], { env: { PLANS_CSV: path } });
    const { wap, billing, nodeRed } = sale.world;
    const times = Number.POSITIVE_INFINITY;

    const lost = wap.faults.add({ kind: 'hold', method: 'POST', path: '/plans', skip: 3, times });
    await press();
    await complained(1);
    await lost.untilHit(7);
    await nodeRed.kill9();
    lost.remove();
    const held = billing.faults.add({ kind: 'hold-before', method: 'POST', path: '/offers', skip: 4, times });
    await nodeRed.start();
    await held.untilHit();
    await nodeRed.kill9();
    held.remove();
    await nodeRed.start();

    await press();
    await complained(2);
    await ended(10);
    const before = sale.world.messages('running').length;
    await press();
    await sale.until('all were begun before', () => sale.world.messages('running').length === before + 10);
    await complained(3);

    const plans = await made();
    assert.deepEqual(
      plans.map(({ name, price }) => [name, price]),
      good.map(([_row, ...rest]) => rest).sort(([a], [b]) => a.localeCompare(b)),
    );
    for (const { name, offers, mapped } of plans) assert.deepEqual(offers, [mapped], name);
    assert.equal(billing.state.offers.length, 10);
    assert.equal(Object.keys(await sale.mapped('plan')).length, 10);
    assert.equal(told().length, 3 * complaints.length);
    for (const complaint of complaints)
      assert.equal(told().filter(line => complaint.test(line)).length, 3, `${complaint}`);
    await ended(10);
  });

  it('names the file that it misses, refuses one that is not UTF-8, and names the row of a step that fails', async function () {
    this.timeout(120_000);
    sale = await startSale(major, ['18 - Ten']);
    const path = join(sale.world.nodeRed.userDir, 'wap-billing-plans.csv');
    sale.world.wap.seed({ plans: [{ Id: 'w-1', DisplayName: 'Agate Hosting' }] });
    const said = (count: number) => sale.until(`${count} failures`, () => told()[count - 1]);
    await press();
    assert.ok((await said(1)).includes(`no such file or directory, open '${path}'`), told()[0]);
    writeFileSync(path, Buffer.from(sheet('Größe L;;4,90;EUR'), 'latin1'));
    await press();
    assert.match(await said(2), /^The file is not UTF-8/);
    writeFileSync(path, sheet(agate, beryl));
    await press();
    assert.match(await said(3), /^Row 2 \(Agate Hosting\): .*Agate Hosting/);
    await ended(1);
    assert.deepEqual(
      sale.plans('plan').map(({ DisplayName }) => DisplayName),
      ['Agate Hosting', 'Beryl; Hosting'],
    );
  });
});
