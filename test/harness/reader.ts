import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeRed } from './node-red';

/** In the settings of a Node-RED: whoever comes may only read. */
export const onlyReaders = { adminAuth: { type: 'credentials', users: [], default: { permissions: 'read' } } };

/** From its next start on, which is at once, whoever comes may only read. */
export async function onlyRead(nodeRed: NodeRed): Promise<void> {
  const line = `module.exports.adminAuth = ${JSON.stringify(onlyReaders.adminAuth)};\n`;
  appendFileSync(join(nodeRed.userDir, 'settings.js'), line);
  await nodeRed.kill9();
  await nodeRed.start();
}
