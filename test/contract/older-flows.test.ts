import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../harness/repository';
import { type Definition, formOf } from './form';
import { inputsNewSince } from './presets';
import { type Properties, savedFlows } from './saved-flows';

/** The properties that the editor marks, as it does: a reference that has to be there, or the validator. */
function marked({ defaults }: Definition, node: Properties): string[] {
  const isWrong = ([name, { type, required, validate }]: [string, Definition['defaults'][string]]) => {
    const value = node[name];
    if (type && required && (value === undefined || value === '')) return true;
    return validate !== undefined && typeof validate.call(node, value, {}) === 'string';
  };
  return Object.entries(defaults)
    .filter(isWrong)
    .map(([name]) => name);
}

/** As it is when it was just put into a flow, with its configuration nodes chosen. */
function chosen({ defaults }: Definition, properties: Properties): Properties {
  const references = Object.entries(defaults).filter(([name, { type }]) => type && name in properties);
  return { ...properties, ...Object.fromEntries(references.map(([name]) => [name, 'chosen'])) };
}

before(() => Object.assign(globalThis, { RED: { _: (key: string) => key } }));
after(() => Reflect.deleteProperty(globalThis, 'RED'));

for (const { version, nodes } of savedFlows()) {
  describe(`a flow that a version of ${version} saved`, () => {
    it('names nodes', () => assert.ok(nodes.length > 0));

    for (const [type, properties] of nodes) {
      it(`finds its node (${type})`, () => assert.ok(existsSync(join(repository, 'nodes', type)), type));

      it(`finds its properties, and no error is marked (${type})`, () => {
        const { definition } = formOf(type);
        assert.deepEqual(
          Object.keys(properties).filter(name => !(name in definition.defaults)),
          [],
        );
        assert.deepEqual(marked(definition, chosen(definition, properties)), []);
      });

      it(`goes on with the steps that are recorded of its runs (${type})`, () =>
        assert.deepEqual(inputsNewSince(type, Object.keys(properties)), []));
    }
  });
}
