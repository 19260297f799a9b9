import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { FlowNode } from '../harness/admin-api';
import { dashboardExamples, type Example, examples } from '../harness/examples';
import { readPackage, repository } from '../harness/repository';
import { filesOf } from './sources';

const own = Object.keys(readPackage(repository)['node-red']?.nodes ?? {});
const core = coreTypes();

describe('the examples', () => {
  it('are there', () => assert.ok(examples().length > 0));
  it('use every node of the package', () => {
    const used = new Set(examples().flatMap(({ flows }) => flows.map(({ type }) => type)));
    assert.deepEqual(
      own.filter(type => !used.has(type)),
      [],
    );
  });
  for (const example of examples()) {
    it(`${example.name}: needs no other package, holds no secret, takes addresses from the environment`, () =>
      assert.deepEqual(breaches(example), []));
    it(`${example.name}: tells its story in groups with titles, and catches failures`, () => {
      const groups = new Map(example.flows.filter(({ type }) => type === 'group').map(({ id, name }) => [id, name]));
      const inNone = example.flows.filter(({ z, type, g }) => z && type !== 'group' && !groups.has(String(g)));
      assert.deepEqual(inNone, []);
      assert.ok([...groups.values()].every(Boolean), 'a group has no title');
      assert.ok(
        example.flows.some(({ type }) => type === 'catch'),
        'no Catch node',
      );
    });
    it(`${example.name}: shows of a failure the sentence, not an object`, () => {
      const caught = new Set(
        example.flows.filter(({ type }) => type === 'catch').flatMap(({ wires }) => wires?.flat()),
      );
      const shown = example.flows.filter(({ id, type }) => type === 'debug' && caught.has(id));
      assert.deepEqual(
        shown.filter(({ complete }) => complete !== 'error.message').map(({ name }) => name),
        [],
      );
    });
  }
});

/** A window of 1440 × 900 with both sidebars open shows so much of a tab. */
const canvas = { right: 930, bottom: 800 };

describe('each example is whole by itself, also as a copy, in whatever order they are imported', () => {
  for (const { name, flows } of [...examples(), ...dashboardExamples()])
    it(name, () => {
      const own = new Set(flows.map(({ id }) => id));
      const named = flows.flatMap(node => [
        ...(node.wires ?? []).flat(),
        ...(Array.isArray(node.links) ? node.links : []),
        ...['connection', 'billing', 'state', 'group', 'page', 'ui', 'theme'].map(field => node[field]),
      ]);
      const isId = (value: unknown): value is string => typeof value === 'string' && /^[\da-f]{16}$/.test(value);
      assert.deepEqual(
        named.filter(isId).filter(id => !own.has(id)),
        [],
      );
      const unlinked = flows.filter(({ type, links }) => /^link (in|out)$/.test(type) && [links].flat().length === 0);
      assert.deepEqual(unlinked, []);
    });
});

describe('the layout of each example', () => {
  for (const { name, flows } of [...examples(), ...dashboardExamples()]) {
    const groups = flows.filter(({ type }) => type === 'group').map(boxOf);
    const nodes = flows.filter(({ z, type }) => z && type !== 'group').map(node => ({ ...node, ...placeOf(node) }));
    it(`${name}: shows its story without scrolling, in groups that leave each other room`, () => {
      for (const { title, right, bottom, left } of groups) {
        assert.ok(right <= canvas.right && bottom <= canvas.bottom, `"${title}" ends at ${right}, ${bottom}`);
        assert.ok(left >= 20, `"${title}" begins at ${left}, and is cut off where Node-RED makes room for buttons`);
      }
      for (const [index, a] of groups.entries())
        for (const b of groups.slice(index + 1)) {
          const isApart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
          assert.ok(isApart, `"${a.title}" and "${b.title}" cover each other`);
        }
    });
    it(`${name}: has no wire that runs backwards, and no node on another`, () => {
      const at = new Map(nodes.map(node => [node.id, node]));
      const backwards = nodes.flatMap(node =>
        (node.wires ?? [])
          .flat()
          .filter(to => (at.get(to)?.x ?? 0) <= node.x)
          .map(to => `${node.id} → ${to}`),
      );
      assert.deepEqual(backwards, []);
      for (const [index, a] of nodes.entries())
        for (const b of nodes.slice(index + 1))
          assert.ok(Math.abs(a.x - b.x) >= 35 || Math.abs(a.y - b.y) >= 35, `${a.id} lies on ${b.id}`);
    });
  }
});

interface Box {
  title: string;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

function boxOf({ name, x, y, w, h }: FlowNode): Box {
  const [left, top, width, height] = [x, y, w, h].map(Number);
  if (left === undefined || top === undefined || width === undefined || height === undefined) throw new Error('no box');
  return { title: String(name), left, top, right: left + width, bottom: top + height };
}

function placeOf({ x, y }: FlowNode): { x: number; y: number } {
  return { x: Number(x), y: Number(y) };
}

describe('the rules for examples', () => {
  const bad = (node: object): Example => ({ name: 'bad', file: '', flows: [{ id: '1', type: 'inject', ...node }] });
  it('find foreign nodes', () => assert.equal(breaches(bad({ type: 'mqtt-from-elsewhere' })).length, 1));
  it('find secrets', () => {
    assert.equal(breaches(bad({ credentials: { token: 'x' } })).length, 1);
    assert.equal(breaches(bad({ password: 'x' })).length, 1);
  });
  it('find addresses', () => assert.equal(breaches(bad({ adminUrl: 'https://wap.example:30004' })).length, 1));
});

/** Properties that hold no secret although their name sounds so: a variable's name, a field's source, a token's way. */
const harmless = /(Env|Type|Kind)$/;

function breaches({ flows }: Example): string[] {
  return flows.flatMap(node => {
    const at = `${node.type} ${node.id}`;
    const texts = Object.entries(node).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    const secrets = texts.filter(
      ([name, value]) =>
        /password|secret|token/i.test(name) && !harmless.test(name) && value !== '' && !isPath(node, name),
    );
    const addresses = texts.filter(
      ([name, value]) =>
        !['info', 'func'].includes(name) && /^\s*(https?|postgres):\/\//.test(value) && name !== 'realm',
    );
    return [
      ...(own.includes(node.type) || core.has(node.type) ? [] : [`${at}: not a node of this package or of Node-RED`]),
      ...('credentials' in node ? [`${at}: holds credentials`] : []),
      ...secrets.map(([name]) => `${at}: ${name} holds a secret`),
      ...addresses.map(([name]) => `${at}: ${name} is a fixed address; use \${NAME:-default}`),
    ];
  });
}

/** A typed field that names a place in the message. */
const isPath = (node: Record<string, unknown>, name: string): boolean => node[`${name}Type`] === 'msg';

/** Types that come with Node-RED 4.1, read from its own html; tabs, groups and subflows are not nodes. */
function coreTypes(): Set<string> {
  const modules = join(repository, 'node_modules', 'node-red-4', 'node_modules', '@node-red', 'nodes');
  const html = filesOf('core', /\.html$/, modules);
  const types = html.flatMap(({ text }) =>
    [...text.matchAll(/registerType\(\s*['"]([^'"]+)['"]/g)].map(match => match[1] ?? ''),
  );
  assert.ok(types.length > 30, `only ${types.length} types of Node-RED were found`);
  return new Set([...types, 'tab', 'group', 'subflow', 'global-config']);
}
