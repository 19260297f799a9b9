import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { startWapSimulator } from '../../../simulator/wap/server';

const fixture = (name: string) => readFileSync(path.join(__dirname, '../../data/tls', name));

describe('a simulator with a key and a certificate', () => {
  it('serves HTTPS on every port, faults included', async () => {
    const tls = { key: fixture('localhost.key.pem'), cert: fixture('localhost.cert.pem') };
    const wap = await startWapSimulator({ ports: 0, tls });
    const get = async (url: string): Promise<number | undefined> => {
      const request = https.get(url, { ca: tls.cert, servername: 'localhost', agent: false });
      const [response]: IncomingMessage[] = await once(request, 'response');
      return response?.resume().statusCode;
    };
    const statuses: Array<number | undefined> = [];
    for (const url of [`${wap.adminUrl}/plans`, wap.usageUrl, wap.stsUrl, wap.windowsUrl])
      statuses.push(await get(url));
    assert.deepEqual(statuses, [401, 401, 405, 405]);
    wap.faults.add({ kind: 'reset-before', path: '/plans' });
    await assert.rejects(get(`${wap.adminUrl}/plans`), { code: 'ECONNRESET' });
    await wap.close();
  });
});
