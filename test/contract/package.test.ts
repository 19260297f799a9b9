import assert from 'node:assert/strict';
import { builtinModules } from 'node:module';
import { examples } from '../harness/examples';
import type { PackageJson } from '../harness/repository';
import { installedPackage } from '../harness/tarball';
import { readForm } from './form';
import { filesOf, type Source, syntaxNodes } from './sources';

/** The rules of Node-RED's package scorecard (P…, N…, D…), on the package as it is installed from the tarball. */
describe('the packed package', function packed() {
  this.timeout(180_000);
  let manifest: PackageJson;
  let folder: string;
  let section: NonNullable<PackageJson['node-red']>;
  let files: Source[];

  before(() => {
    ({ manifest, folder } = installedPackage());
    section = manifest['node-red'] ?? {};
    files = filesOf('.', /./, folder);
  });

  it('P01: has a licence', () => assert.equal(manifest.license, 'Apache-2.0'));
  it('P03: says where its repository and its issues are', () => assert.ok(manifest.repository && manifest.bugs));
  it('P04: has a scoped name', () => assert.match(manifest.name, /^@[a-z0-9-]+\/node-red-[a-z0-9-]+$/));
  it('P05: has the keyword that lists it in the flow library', () =>
    assert.ok(manifest.keywords?.includes('node-red')));
  it('P06: accepts every Node-RED from 4.1 on, without an upper bound', () => assert.equal(section.version, '>=4.1.0'));
  it('P07: accepts every Node.js from 20 on', () => assert.equal(manifest.engines?.node, '>=20'));
  it('D01: has at most six dependencies', () => assert.ok(Object.keys(manifest.dependencies ?? {}).length <= 6));

  it('N01: registers each type once, as a literal, from a file of its own', () => {
    const registered = Object.entries(section.nodes ?? {});
    const types = registered.map(([key, file]) => {
      assert.equal(file, `dist/nodes/${key}/${key}.js`);
      const html = files.find(({ path }) => path === file.replace(/\.js$/, '.html'));
      assert.ok(html, `${file} has no html beside it`);
      return readForm(key, html.text).registeredAs;
    });
    assert.deepEqual(types, Object.keys(section.nodes ?? {}));
    assert.equal(new Set(types).size, types.length);
    assert.ok(types.length > 0);
  });

  it('N02: uses every palette node in an example', () => {
    const used = new Set(examples(folder).flatMap(({ flows }) => flows.map(({ type }) => type)));
    assert.deepEqual(
      Object.keys(section.nodes ?? {}).filter(type => !used.has(type)),
      [],
    );
  });

  it('holds what users need and nothing of the workshop', () => {
    const allowed =
      /^((dist|resources)\/|examples\/.+\.json$|(package\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md)$)/;
    const workshop = /\.test\.|(^|\/)test\/|(?<!\.d)\.ts$|\.log$|\.env/;
    assert.deepEqual(
      files.map(({ path }) => path).filter(path => !allowed.test(path) || workshop.test(path)),
      [],
    );
  });

  it('has each file that its package.json names', () => {
    const named = [
      ...Object.values(manifest.bin ?? {}),
      ...Object.values(section.nodes ?? {}),
      ...Object.values(section.plugins ?? {}),
    ];
    const paths = files.map(({ path }) => path);
    assert.deepEqual(
      named.filter(path => !paths.includes(path)),
      [],
    );
    for (const path of ['dist/index.js', 'dist/index.d.ts', 'LICENSE', 'README.md', 'CHANGELOG.md', 'SECURITY.md'])
      assert.ok(paths.includes(path), `${path} is missing`);
  });

  it('requires only its own dependencies', () => {
    const own = new Set([
      ...Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }),
      ...builtinModules,
    ]);
    const scripts = files.filter(({ path }) => /^dist\/.*\.js$/.test(path) && !path.startsWith('dist/simulator/'));
    const foreign = scripts.flatMap(({ path, text }) =>
      required(text)
        .filter(name => !/^(\.|node:)/.test(name) && !own.has(packageOf(name)))
        .map(name => `${path} requires ${name}`),
    );
    assert.deepEqual(foreign, []);
    assert.ok(scripts.length > 20, `only ${scripts.length} scripts were read`);
  });

  it('guards every admin route with a permission and against other sites, in one place', () => {
    const scripts = files.filter(({ path }) => /^dist\/(nodes|runtime|editor)\/.*\.js$/.test(path));
    const found = scripts.flatMap(({ path, text }) => routes(text).map(route => ({ ...route, path })));
    assert.ok(found.length > 0, 'no route was found: has the way they are declared changed?');
    assert.deepEqual(
      found.filter(({ guarded, path }) => !guarded || path !== 'dist/runtime/routes/admin-route.js'),
      [],
    );
  });
});

describe('the rule for routes', () => {
  it('finds a route without a guard', () =>
    assert.deepEqual(
      routes(
        "RED.httpAdmin.get('/a', (q, s) => s.end()); RED.httpAdmin.post('/b', RED.auth.needsPermission('x.write'), ofThisSite, f); RED.httpAdmin.post('/c', RED.auth.needsPermission('x.write'), f)",
      ),
      [
        { route: "get '/a'", guarded: false },
        { route: "post '/b'", guarded: true },
        { route: "post '/c'", guarded: false },
      ],
    ));
});

function required(script: string): string[] {
  return syntaxNodes(script).flatMap(node => {
    if (node.type === 'ImportExpression') return node.source.type === 'Literal' ? [String(node.source.value)] : [];
    if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier' || node.callee.name !== 'require')
      return [];
    const [first] = node.arguments;
    return first?.type === 'Literal' ? [String(first.value)] : [];
  });
}

const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

function routes(script: string): Array<{ route: string; guarded: boolean }> {
  return syntaxNodes(script).flatMap(node => {
    if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return [];
    const { object, property } = node.callee;
    const isRoute = /httpAdmin$/.test(script.slice(object.start, object.end)) && property.type === 'Identifier';
    if (!isRoute) return [];
    const [path, guard, site] = node.arguments.map(argument => script.slice(argument.start, argument.end));
    return [
      {
        route: `${property.name} ${path}`,
        guarded: /\.needsPermission\(\s*['"`]/.test(guard ?? '') && site === 'ofThisSite',
      },
    ];
  });
}
