import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { join } from 'node:path';
import { machine } from '../harness/environment';
import { examples } from '../harness/examples';
import { type PackageJson, repository } from '../harness/repository';
import { installedPackage } from '../harness/tarball';
import { readForm } from './form';
import { filesOf, type Source, syntaxNodes } from './sources';

/** The rules of Node-RED's package scorecard (P…, N…, D…), on the package as it is installed from the tarball. */
describe('the packed package', function packed() {
  this.timeout(180_000);
  let manifest: PackageJson;
  let folder: string;
  let section: NonNullable<PackageJson['node-red']>;
  let modules: string;
  let tarball: string;
  let files: Source[];

  before(() => {
    ({ manifest, folder, modules, tarball } = installedPackage());
    section = manifest['node-red'] ?? {};
    files = filesOf('.', /./, folder);
  });

  it('P01: has a licence', () => assert.equal(manifest.license, 'Apache-2.0'));
  it('P03: says where its repository and its issues are', () => assert.ok(manifest.repository && manifest.bugs));
  it('P04: has a scoped name', () => assert.match(manifest.name, /^@[a-z0-9-]+\/node-red-[a-z0-9-]+$/));
  it('P05: has the keyword that lists it in the flow library', () =>
    assert.ok(manifest.keywords?.includes('node-red')));
  it('P06: accepts every Node-RED from 4.1 on, without an upper bound', () => assert.equal(section.version, '>=4.1.0'));
  it('P07: accepts every Node.js from 20.19 on', () => assert.equal(manifest.engines?.node, '>=20.19'));
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

  it('opens its types and its package.json to others, and nothing else', () => {
    const { resolve } = createRequire(join(modules, 'other.js'));
    assert.equal(resolve(manifest.name), join(folder, 'dist', 'index.js'));
    assert.equal(resolve(`${manifest.name}/package.json`), join(folder, 'package.json'));
    assert.throws(() => resolve(`${manifest.name}/dist/wap-billing.js`), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
  });

  it('gives its types to another TypeScript project for Node', () => {
    const home = join(modules, '..');
    const consumer = join(home, `consumer-${process.pid}.ts`);
    const tsc = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
    const ofNode = ['--types', 'node', '--typeRoots', join(repository, 'node_modules', '@types')];
    const strictly = ['--noEmit', '--strict', '--module', 'node16', ...ofNode];
    writeFileSync(
      consumer,
      `import type { BillingProvider, ErrorCode, UsageRecord } from '${manifest.name}';
       export const code: ErrorCode = 'WAP_TIMEOUT';
       export type Given = [BillingProvider, UsageRecord];
       // @ts-expect-error: a code of the closed list, so that the type is not any
       export const other: ErrorCode = 'SOMETHING';\n`,
    );
    try {
      assert.equal(execFileSync(process.execPath, [tsc, ...strictly, consumer], { cwd: home, encoding: 'utf8' }), '');
    } finally {
      rmSync(consumer);
    }
  });

  it('is published for everybody, with the proof of where it was built', () =>
    assert.deepEqual(manifest.publishConfig, { access: 'public', provenance: true }));

  for (const name of ['wap-billing-state', 'wap-simulator', 'billing-simulator'])
    it(`says how ${name} is used`, () => {
      assert.ok(manifest.bin?.[name]);
      const script = join(folder, manifest.bin[name]);
      const said = execFileSync(process.execPath, [script, '--help'], { env: machine, encoding: 'utf8' });
      assert.ok(said.includes(name), said);
    });

  it('requires only its own dependencies', () => {
    const own = new Set([
      ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
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

  it('weighs no more than what it brings, and installs nothing that runs a script', () => {
    const packed = statSync(tarball).size;
    assert.ok(packed < 10.5 * mebibyte, `the tarball has ${packed} bytes`);
    const own = onDisk(folder);
    assert.ok(own < 17 * mebibyte, `the package takes ${own} bytes of a disk`);
    const all = onDisk(modules);
    assert.ok(all < 26 * mebibyte, `a fresh user directory takes ${all} bytes of a disk`);
    const lock = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'));
    const entries = Object.entries<{ hasInstallScript?: boolean }>(lock.packages);
    assert.ok(entries.length > 10, `only ${entries.length} packages were found`);
    assert.deepEqual(
      entries.filter(([, { hasInstallScript }]) => hasInstallScript),
      [],
    );
  });

  it('brings SQLite along for every platform that its source has it for, Alpine included', () => {
    const brought = files.flatMap(({ path }) => /^dist\/binaries\/(.+)\.node\.br$/.exec(path)?.[1] ?? []);
    assert.deepEqual(brought.sort(), [
      ...['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-arm64-musl', 'linux-x64', 'linux-x64-musl'],
      ...['win32-arm64', 'win32-x64'],
    ]);
  });

  it('guards every admin route with a permission and against other sites, in one place', () => {
    const bundle = files.find(({ path }) => path === 'dist/wap-billing.js');
    const found = modulesOf(bundle?.text ?? '').flatMap(({ path, text }) =>
      routes(text).map(route => ({ ...route, path })),
    );
    assert.ok(found.length > 0, 'no route was found: has the way they are declared changed?');
    assert.deepEqual(
      found.filter(({ guarded, path }) => !guarded || path !== 'runtime/routes/admin-route.js'),
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

const mebibyte = 1024 * 1024;
const blockBytes = 4096;

/** What the files below a folder take: whole blocks. SQLite is not counted that a process of this machine unpacked. */
function onDisk(folder: string): number {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  const sizes = entries
    .filter(entry => entry.isFile() && !entry.name.endsWith('.node'))
    .map(({ parentPath, name }) => Math.ceil(statSync(join(parentPath, name)).size / blockBytes) * blockBytes);
  return sizes.reduce((total, size) => total + size, 0);
}

function required(script: string): string[] {
  return syntaxNodes(script).flatMap(node => {
    if (node.type === 'ImportExpression') return node.source.type === 'Literal' ? [String(node.source.value)] : [];
    if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier' || node.callee.name !== 'require')
      return [];
    const [first] = node.arguments;
    return first?.type === 'Literal' ? [String(first.value)] : [];
  });
}

/** The modules that a bundle was made of, which says before each where it was. */
const modulesOf = (bundle: string): Array<{ path: string; text: string }> =>
  bundle
    .split(/^\/\/ dist\/(?=\S+\.js$)/m)
    .map(part => ({ path: part.slice(0, part.indexOf('\n')), text: `// ${part}` }));

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
