import assert from 'node:assert/strict';
import { fileOf, hostOf } from '../../../editor/name-of';

describe('a configuration node without a name', () => {
  for (const [address, host] of [
    ['https://wap.example:30004/', 'wap.example:30004'],
    ['${WAP_ADMIN_URL:-http://127.0.0.1:30004}', '127.0.0.1:30004'],
    ['${WAP_ADMIN_URL}', ''],
    ['https://${HOST}:30004', ''],
    ['wap', ''],
    [undefined, ''],
  ] as const)
    it(`with the address ${address} is called ${host || 'by its type'}`, () => assert.equal(hostOf(address), host));

  for (const [path, file] of [
    ['/var/lib/state.sqlite', 'state.sqlite'],
    ['C:\\data\\state.sqlite', 'state.sqlite'],
    ['${BILLING_STATE:-wap-billing.sqlite}', 'wap-billing.sqlite'],
    ['${BILLING_STATE}', ''],
  ] as const)
    it(`with the file ${path} is called ${file || 'by its type'}`, () => assert.equal(fileOf(path), file));
});
