import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { withoutNpmScript } from '../harness/npm';
import { installedPackage } from '../harness/tarball';
import { until } from '../harness/until';

const anyPort = {
  'wap-simulator': ['--admin-port', '0', '--usage-port', '0', '--sts-port', '0', '--windows-port', '0'],
  'billing-simulator': ['--port', '0'],
};

describe('a simulator started by npx', function simulators() {
  this.timeout(180_000);
  for (const [name, ports] of Object.entries(anyPort))
    it(`ends with it, and leaves no port: ${name}`, async () => {
      const cwd = dirname(installedPackage().modules);
      const options = { cwd, env: withoutNpmScript(), shell: process.platform === 'win32' };
      // A group of its own: what the signal leaves behind is ended after the test, whatever it is.
      const npx = spawn('npx', ['--offline', name, ...ports], { ...options, detached: true });
      let out = '';
      npx.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString();
      });
      try {
        const url = await until('the address', () => /https?:\/\/127\.0\.0\.1:\d+/.exec(out)?.[0]);
        assert.ok((await fetch(url)).status < 500);
        npx.kill('SIGTERM');
        await once(npx, 'exit');
        await until('a port that nobody has', () => isRefused(url), 20_000);
      } finally {
        endGroup(npx.pid);
      }
    });
});

const isRefused = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => false,
    error => error.cause?.code === 'ECONNREFUSED',
  );

function endGroup(pid: number | undefined): void {
  try {
    if (pid) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended, as it has to.
  }
}
