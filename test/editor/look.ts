/** Pictures of every dialog and of the desk, for people to look at, and those that documents show. `npm run look` puts them into
 *  `.tmp/look/`; `npm run look -- --readme` makes `docs/images/high-frequency.png` instead, `-- --docs` those of docs/operations.md,
 *  `-- --customising` those of docs/customising.md, `-- --desk` the desk's alone. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { startSale } from '../flows/sale-world';
import { openBrowser } from '../harness/browser';
import { openEditor } from '../harness/editor';
import { examples } from '../harness/examples';
import { repository } from '../harness/repository';
import { installedPackage } from '../harness/tarball';
import { lookAtDesk, picturesOfOperations } from './look-desk';

const folder = join(repository, '.tmp', 'look');

interface Look {
  name: string;
  major: 4 | 5;
  dark?: boolean;
  language?: string;
  /** Of the window in px: a dialog is 500 wide, or as wide as a narrow window lets it. */
  width: number;
  /** What is folded away is shown too. */
  isUnfolded?: boolean;
}

const looks: Look[] = [
  { name: '5-light', major: 5, width: 1400 },
  { name: '5-light-narrow', major: 5, width: 667, isUnfolded: true },
  { name: '5-dark', major: 5, dark: true, width: 1400 },
  { name: '5-spanish', major: 5, language: 'es-ES', width: 1400 },
  { name: '5-spanish-narrow', major: 5, language: 'es-ES', width: 667, isUnfolded: true },
  { name: '4-light', major: 4, width: 1400 },
];

async function dialogs(browser: Browser, asked: Look[]): Promise<void> {
  const types = Object.keys(installedPackage().manifest['node-red']?.nodes ?? {});
  for (const major of new Set(asked.map(look => look.major))) {
    const names = examples().map(({ name }) => name);
    const sale = await startSale(major, names, { env: { WAP_POLL_SECONDS: '3600' } });
    try {
      for (const look of asked.filter(of => of.major === major)) {
        const editor = await openEditor(browser, sale.world.nodeRed.url, { types, ...look });
        await editor.page.setViewportSize({ width: look.width, height: 1400 });
        mkdirSync(join(folder, look.name), { recursive: true });
        for (const type of types) {
          const [id] = await editor.idsOf(type);
          if (id === undefined) continue;
          await editor.openDialog(id);
          if (look.isUnfolded) await editor.page.evaluate(unfold);
          await editor.page
            .locator('.red-ui-tray')
            .last()
            .screenshot({ path: join(folder, look.name, `${type}.png`) });
          await editor.cancelDialog();
        }
        await editor.close();
        await sheet(browser, look);
      }
    } finally {
      await sale.stop();
    }
  }
}

const unfold = () => {
  for (const fold of document.querySelectorAll<HTMLDetailsElement>('.wap-billing-fold')) fold.open = true;
};

/** All pictures of a look side by side. */
async function sheet(browser: Browser, { name }: Look): Promise<void> {
  const files = readdirSync(join(folder, name)).map(file => join(folder, name, file));
  const page = await browser.newPage({ viewport: { width: 2040, height: 800 } });
  const images = files.map(file => {
    const source = `data:image/png;base64,${readFileSync(file).toString('base64')}`;
    return `<figure style="display:inline-block;margin:4px;vertical-align:top"><img src="${source}"><figcaption>${basename(file, '.png')}</figcaption></figure>`;
  });
  await page.setContent(images.join(''));
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  await page.close();
}

/** The first example while it sells two plans. */
async function readme(browser: Browser): Promise<void> {
  const sale = await startSale(5, ['put a plan on sale', 'the adapter'], { probes: false });
  try {
    const editor = await openEditor(browser, sale.world.nodeRed.url, { types: ['wap-plan-create'], width: 1400 });
    await editor.showOnlyFlow();
    await sale.press('Sell Gold Hosting');
    await sale.published('plan', 'Gold Hosting');
    await sale.press('Sell Stuck Silver');
    await sale.until('the clone is there', () => sale.plan('plan', 'Stuck Silver (r2)'));
    await editor.page.screenshot({ path: join(repository, 'docs', 'images', 'high-frequency.png') });
  } finally {
    await sale.stop();
  }
}

/** What docs/customising.md shows, by the name of the picture: a part of an example's name. */
const customised = {
  between: '18 - Ten plans',
  branches: '17 - Fork and join',
  person: '21 - Approve expensive',
  each: '20 - Daily',
  'two-billing-systems': '19 - One usage feed',
};

/** Dialogs that docs/customising.md shows, by the name of the picture. */
const dialogsOfCustomising = { names: 'wap-workflow-start', 'second-wap': 'wap-connection' };

/** What the editor says before a deploy that stops runs. */
async function pictureOfStops(browser: Browser, images: string): Promise<void> {
  const sale = await startSale(5, ['15 - Daily']);
  try {
    await sale.press('Sell Amber Hosting');
    await sale.order('Opal Hosting');
    await sale.until('both are asked', () => sale.world.messages('asked').length >= 2);
    const types = ['wap-workflow-wait', ...Object.values(dialogsOfCustomising)];
    const editor = await openEditor(browser, sale.world.nodeRed.url, { types, width: 1100 });
    for (const [name, type] of Object.entries(dialogsOfCustomising)) {
      const [id = ''] = await editor.idsOf(type);
      await editor.openDialog(id);
      const tray = await editor.page.locator('.red-ui-tray').last().boundingBox();
      if (!tray) throw new Error(`no dialog of ${type}`);
      const clip = { ...tray, height: Math.min(tray.height, 440) };
      await editor.page.screenshot({ path: join(images, `customise-${name}.png`), clip });
      await editor.cancelDialog();
    }
    const [asked = ''] = await editor.idsOf('wap-workflow-wait');
    await editor.remove(asked);
    const notice = editor.page.locator('.red-ui-notification:visible').first();
    await notice.getByRole('button').click({ trial: true }); // it slides in
    await notice.screenshot({ path: join(images, 'customise-deploy.png') });
    await editor.close();
  } finally {
    await sale.stop();
  }
}

/** Of example 19. */
const second = { BILLING2_URL: 'http://127.0.0.1:9', BILLING2_TOKEN: 'of-nobody' };

async function picturesOfCustomising(browser: Browser, images: string): Promise<void> {
  for (const [name, part] of Object.entries(customised)) {
    const sale = await startSale(5, [part], { probes: false, env: { WAP_POLL_SECONDS: '3600', ...second } });
    try {
      const editor = await openEditor(browser, sale.world.nodeRed.url, { types: ['wap-connection'], width: 1400 });
      await editor.showOnlyFlow();
      await editor.noticesGone();
      let clip = await editor.page.evaluate(groupsBox);
      // It zooms by and by.
      for (let before = clip, turn = 0; turn === 0 || before.width !== clip.width; turn += 1) {
        before = clip;
        await new Promise(resolve => setTimeout(resolve, 500));
        clip = await editor.page.evaluate(groupsBox);
      }
      await editor.page.screenshot({ path: join(images, `customise-${name}.png`), clip });
      await editor.close();
    } finally {
      await sale.stop();
    }
  }
}

/** Where the groups of the flow are in the window. */
const groupsBox = () => {
  const boxes = [...document.querySelectorAll('.red-ui-flow-group')].map(group => group.getBoundingClientRect());
  const [left, top] = [Math.min(...boxes.map(box => box.left)), Math.min(...boxes.map(box => box.top))];
  const [right, bottom] = [Math.max(...boxes.map(box => box.right)), Math.max(...boxes.map(box => box.bottom))];
  return { x: left - 6, y: top - 6, width: right - left + 12, height: bottom - top + 12 };
};

async function look(): Promise<void> {
  const browser = await openBrowser();
  const images = join(repository, 'docs', 'images');
  try {
    if (process.argv.includes('--readme')) return await readme(browser);
    if (process.argv.includes('--customising')) {
      await picturesOfCustomising(browser, images);
      return await pictureOfStops(browser, images);
    }
    if (process.argv.includes('--docs')) return await picturesOfOperations(browser, images);
    rmSync(folder, { recursive: true, force: true });
    const only = process.argv.slice(2).filter(argument => !argument.startsWith('-'));
    const asked = looks.filter(({ name }) => only.length === 0 || only.includes(name));
    if (!process.argv.includes('--desk')) await dialogs(browser, asked);
    await lookAtDesk(
      browser,
      folder,
      asked.filter(({ major }) => major === 5),
    );
    for (const each of asked.filter(({ major }) => major === 5)) await sheet(browser, each);
    console.log(`Pictures are in ${pathToFileURL(folder).href}`);
  } finally {
    await browser.close();
  }
}

look().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
