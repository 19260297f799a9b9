import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { acts, questions, tables } from '../../runtime/desk/parts';
import { type NodeRed, startNodeRed } from '../harness/node-red';
import { onEachMajor, readPackage, repository } from '../harness/repository';

interface Route {
  method: string;
  path: string;
  permission: string;
}

/** Every route of the package, as its node files register them: a new one is in here by itself. */
function routesOfThePackage(): Route[] {
  const found: Route[] = [];
  const note = (method: string) => (path: string, permission: string) => found.push({ method, path, permission });
  const nothing = () => undefined;
  const verbs = ['get', 'post', 'put', 'patch', 'delete', 'all', 'use'];
  const RED = {
    nodes: { registerType: nothing, eachNode: nothing, getNode: nothing },
    httpAdmin: Object.fromEntries(verbs.map(verb => [verb, note(verb.toUpperCase())])),
    auth: { needsPermission: (permission: string) => permission },
    comms: { publish: nothing },
    events: { on: nothing },
    settings: {},
  };
  const types = Object.keys(readPackage(repository)['node-red']?.nodes ?? {});
  for (const type of types) createRequire(__filename)(join(repository, 'nodes', type, `${type}.ts`))(RED);
  return found;
}

/** The addresses of a route: of the desk's, each question, table and act. */
function addressesOf({ method, path }: Route): string[] {
  const named = path.endsWith('/csv') ? tables : method === 'GET' ? questions : acts;
  const words = path.startsWith('/wap-billing/desk/') ? [...named.keys()] : ['x'];
  return words.map(word => path.replace(':name', word).replaceAll(/:\w+/g, 'x'));
}

/** “test”, as Node-RED keeps passwords. */
const password = '$2b$04$UQaEU15DgwdeqVdhbftoLeCUAISgilOeYUgZQ58L2jKO9Of8Ux7Ni';
const users = [
  { username: 'reader', password, permissions: ['nodes.read', 'flows.read'] },
  { username: 'operator', password, permissions: '*' },
];

onEachMajor('the routes of the package, where Node-RED has a login', major => {
  const routes = routesOfThePackage();
  let nodeRed: NodeRed;
  const headers: Record<string, Record<string, string>> = { nobody: {} };

  before(async function start() {
    this.timeout(120_000);
    const adminAuth = { type: 'credentials', users, default: { permissions: ['nodes.read'] } };
    nodeRed = await startNodeRed({ major, settings: { adminAuth } });
    for (const { username } of users) headers[username] = { authorization: `Bearer ${await login(username)}` };
  });
  after(() => nodeRed?.stop());

  async function login(username: string): Promise<string> {
    const form = { client_id: 'node-red-admin', grant_type: 'password', scope: '', username, password: 'test' };
    const response = await fetch(`${nodeRed.url}/auth/token`, { method: 'POST', body: new URLSearchParams(form) });
    const { access_token: token } = (await response.json()) as { access_token?: string };
    return token ?? assert.fail(`${username} cannot log in`);
  }
  /** Status by address. */
  async function ask(route: Route, who: string, more: Record<string, string> = {}) {
    const { method } = route;
    const json = method === 'GET' ? {} : { 'content-type': 'application/json' };
    const how = { method, headers: { ...json, ...headers[who], ...more }, ...(method === 'GET' ? {} : { body: '{}' }) };
    const ask = async (address: string) => (await fetch(`${nodeRed.url}${address}`, how)).status;
    return Promise.all(addressesOf(route).map(async address => [address, await ask(address)] as const));
  }

  it('are all known here', () => {
    assert.ok(routes.length >= 13, `${routes.length} routes`);
    const addresses = routes.flatMap(addressesOf);
    for (const name of [...questions.keys(), ...acts.keys()])
      assert.ok(addresses.includes(`/wap-billing/desk/x/${name}`));
    assert.deepEqual([...new Set(routes.map(({ method }) => method))].sort(), ['GET', 'POST']);
  });

  it('refuses Test connection to who may not change flows, and takes it from who may', async () => {
    const press = (who: string) =>
      fetch(`${nodeRed.url}/wap-billing/check/wap-connection`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers[who] },
        body: JSON.stringify({ id: 'x', saved: { adminUrl: '', tokenKind: 'bearer' }, secrets: {} }),
      });
    for (const who of ['nobody', 'reader']) assert.equal((await press(who)).status, 401, who);
    const answer = await press('operator');
    assert.equal(answer.status, 200);
    assert.equal(((await answer.json()) as { code: string }).code, 'INPUT_MISSING');
  });

  for (const route of routes) {
    const isAct = route.method !== 'GET';
    it(`${route.method} ${route.path} wants the right to ${isAct ? 'write' : 'read'} flows, and a page of this site`, async () => {
      assert.equal(route.permission, isAct ? 'flows.write' : 'flows.read');
      for (const [address, status] of await ask(route, 'nobody')) assert.equal(status, 401, `nobody: ${address}`);
      for (const [address, status] of await ask(route, 'reader'))
        assert.equal(status === 401, isAct, `a reader: ${address} ${status}`);
      for (const [address, status] of await ask(route, 'operator'))
        assert.ok(![401, 403].includes(status), `an operator: ${address} ${status}`);
      for (const [address, status] of await ask(route, 'operator', { origin: 'http://elsewhere.example' }))
        assert.equal(status, 403, `of another site: ${address}`);
    });
  }
});
