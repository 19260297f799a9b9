import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { claimPort, releasePort } from './ports';
import { repository } from './repository';

const helper = `${pathToFileURL(repository).href}/scripts/lib/ports.mjs`;
/** Says which ports it has, and keeps them until it is ended. */
const claimer = `
  const { claimPort } = await import(${JSON.stringify(helper)});
  const ports = [];
  while (ports.length < 200) ports.push(await claimPort());
  console.log(JSON.stringify(ports));
  process.stdin.resume();
`;

const start = () =>
  spawn(process.execPath, ['--input-type=module', '--eval', claimer], { stdio: ['pipe', 'pipe', 'inherit'] });

async function portsOf({ stdout }: ChildProcess): Promise<number[]> {
  assert.ok(stdout);
  const [line] = await once(createInterface({ input: stdout }), 'line');
  return JSON.parse(String(line));
}

describe('a claimed port', () => {
  const processes: ChildProcess[] = [];
  afterEach(() => {
    for (const each of processes.splice(0)) each.kill('SIGKILL');
  });

  it('belongs to one process, and nothing listens on it', async () => {
    for (let each = 0; each < 4; each += 1) processes.push(start());
    const ports = (await Promise.all(processes.map(portsOf))).flat();
    assert.equal(new Set(ports).size, 800);
    const server = createServer().listen(ports[0], '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });

  it('is another one each time, until it is released', async () => {
    const ports: number[] = [];
    for (let each = 0; each < 100; each += 1) ports.push(await claimPort());
    assert.equal(new Set(ports).size, 100);
    for (const port of ports) await releasePort(port);
    assert.ok(
      ports.every(port => port >= 20_000 && port < 25_000),
      'outside what systems give to connections',
    );
  });
});
