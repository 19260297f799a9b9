import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npm } from '../harness/npm';
import { onEachMajor, repository } from '../harness/repository';
import { startWorld, type World } from '../harness/world';
import { Bench, nodesOf } from './bench';

const connection = (id: string, provider: string) => ({
  ...{ id, type: 'billing-connection', name: '', provider, baseUrl: '${BILLING_URL}', target: 'acme', auth: 'none' },
  ...{ attemptSeconds: '5', totalSeconds: '5', retries: '0', options: '{"shop":"north"}', templates: '{}' },
  credentials: { token: 'a-token-for-tests' },
});
const message = (Id: string) => ({
  wap: { kind: 'plan', plan: { Id, DisplayName: 'Gold', Price: '4.90 EUR per month' } },
});

/** The example of the documents, packed and unpacked beside our package as npm lays them out. */
function install(userDir: string): void {
  const made = mkdtempSync(join(tmpdir(), 'wap-billing-acme-'));
  try {
    npm(['pack', join(repository, 'docs', 'examples', 'acme-billing'), '--pack-destination', made], made);
    const [tarball = ''] = readdirSync(made);
    npm(['init', '--yes'], made);
    npm(['install', '--no-audit', '--no-fund', '--legacy-peer-deps', '--offline', join(made, tarball)], made);
    const modules = join(userDir, 'node_modules');
    const ours = realpathSync(modules);
    rmSync(modules);
    mkdirSync(modules);
    for (const name of readdirSync(ours)) symlinkSync(join(ours, name), join(modules, name), 'junction');
    cpSync(join(made, 'node_modules', 'node-red-acme-billing'), join(modules, 'node-red-acme-billing'), {
      recursive: true,
    });
  } finally {
    rmSync(made, { recursive: true });
  }
}

onEachMajor('a provider that another package brings', major => {
  let world: World;
  let bench: Bench;

  before(async function () {
    this.timeout(180_000);
    world = await startWorld({ major, billing: { token: 'a-token-for-tests' } });
    install(world.nodeRed.userDir);
    await world.nodeRed.restart();
    const nodes = nodesOf('billing-plan-create', { by: { billing: 'acme-1' }, gone: { billing: 'gone-1' } });
    bench = await Bench.start(world, [connection('acme-1', 'acme'), connection('gone-1', 'gone-billing')], nodes);
  });
  after(() => world?.stop());

  it('makes an offer by its own calls, with its own option and the way to sign in that it wants', async () => {
    const { payload } = await bench.answer('by', message('gold'));
    assert.equal((payload as { state: string }).state, 'active');
    assert.equal(world.billing.state.offers.find(({ key }) => key === 'gold')?.description, 'Of the shop north');
  });

  it('tells the dialog its form and its texts, after ours', async () => {
    const { billingConnectionProviders: forms } = await (await fetch(`${world.nodeRed.url}/settings`)).json();
    assert.deepEqual(forms.acme.label, { 'en-US': 'Acme Billing', 'es-ES': 'Facturación Acme' });
    assert.equal(forms.acme.texts.shop.label['en-US'], 'Shop');
    assert.deepEqual(Object.keys(forms), ['rest', 'stripe', 'openmeter', 'lago', 'killbill', 'acme']);
  });

  it('is named when it is gone', async () => {
    const { code, message: words } = await bench.error('gone', message('gold'));
    assert.equal(code, 'INPUT_INVALID');
    assert.match(words, /"gone-billing", which nobody brings.*Install the package that brings it, or use rest, .*acme/);
  });
});
