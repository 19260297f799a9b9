/** What the palette manager of the editor asks Node-RED for. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { NodeRed } from './node-red';
import { installedPackage } from './tarball';

/** Settings of a Node-RED that installs what it is asked for. */
export const palette = { externalModules: { autoInstall: false, palette: { allowInstall: true, allowUpload: true } } };

/** `POST /nodes` with the tarball of this package, as for a file. */
export async function uploadPackage({ url }: NodeRed): Promise<void> {
  const { tarball } = installedPackage();
  const form = new FormData();
  form.append('tarball', new Blob([readFileSync(tarball)], { type: 'application/gzip' }), basename(tarball));
  await answered(fetch(`${url}/nodes`, { method: 'POST', body: form }));
}

/** `POST /nodes` with a name of the registry. */
export async function installModule({ url }: NodeRed, module: string, version: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await answered(fetch(`${url}/nodes`, { method: 'POST', headers, body: JSON.stringify({ module, version }) }));
}

async function answered(asked: Promise<Response>): Promise<void> {
  const response = await asked;
  assert.equal(response.status, 200, await response.text());
}
