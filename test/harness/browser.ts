/** Chromium for the editor tests: the host's if `CHROMIUM_PATH` names one, else the one that npm brings. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { readPackage, repository } from './repository';
import { sharedFolder } from './shared-folder';

const flags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--font-render-hinting=none'],
];

export async function openBrowser(): Promise<Browser> {
  const hosts = process.env.CHROMIUM_PATH;
  if (hosts) return launch(hosts, {});
  const home = await unpacked();
  const path = join(home, 'chromium');
  const fonts = { FONTCONFIG_PATH: fontSettings(home) };
  try {
    return await launch(path, fonts);
  } catch {
    // The host lacks libraries such as libnss3: those that came with the browser stand in.
    return launch(path, { ...fonts, LD_LIBRARY_PATH: join(home, 'al2023', 'lib') });
  }
}

function launch(executablePath: string, env: Record<string, string>): Promise<Browser> {
  const inherited = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return chromium.launch({
    executablePath,
    headless: true,
    args: flags,
    env: { ...Object.fromEntries(inherited), ...env },
  });
}

/** The browser package unpacks into the temporary folder that the environment names; here each version has its own, made
 *  complete before it gets its name, so that an interrupted unpacking is never used. */
async function unpacked(): Promise<string> {
  const { version } = readPackage(join(repository, 'node_modules', '@sparticuz', 'chromium'));
  const home = sharedFolder(`chromium-${version}`);
  if (existsSync(home)) return home;
  const making = mkdtempSync(`${home}-making-`);
  const { default: packed } = await import('@sparticuz/chromium');
  const saved = { TMPDIR: process.env.TMPDIR, AWS_EXECUTION_ENV: process.env.AWS_EXECUTION_ENV };
  // This value makes the package unpack its libraries too.
  Object.assign(process.env, { TMPDIR: making, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' });
  try {
    await packed.executablePath();
  } finally {
    restore(saved);
  }
  try {
    renameSync(making, home);
  } catch (error) {
    if (!existsSync(home)) throw error;
    rmSync(making, { recursive: true, force: true });
  }
  return home;
}

/** The host's fonts if it has any, and the one that came with the browser: without any font the browser ends. */
function fontSettings(home: string): string {
  const folder = join(home, 'fontconfig');
  mkdirSync(folder, { recursive: true });
  const parts = [
    '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>',
    `<dir>${join(home, 'fonts', 'fonts')}</dir><cachedir>${join(folder, 'cache')}</cachedir>`,
  ];
  const head = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">';
  writeFileSync(join(folder, 'fonts.conf'), `${head}<fontconfig>${parts.join('')}</fontconfig>`);
  return folder;
}

function restore(saved: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(saved)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

/** Where pictures go; the folder is ignored by git. */
export function pictureFolder(): string {
  const folder = join(repository, '.tmp', 'screenshots');
  mkdirSync(folder, { recursive: true });
  return folder;
}
