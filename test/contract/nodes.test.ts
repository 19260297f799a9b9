import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { examples } from '../harness/examples';
import { repository } from '../harness/repository';
import { formOf, helpOf, partOf, readForm, textsOf } from './form';
import * as rules from './form-rules';
import { presetsAgainstDefaults } from './presets';
import { filesOf } from './sources';

const types = readdirSync(join(repository, 'nodes'));
const languages = ['en-US', 'es-ES'];
const exampleNames = examples().map(({ name }) => name);
const runtime = filesOf('runtime', /\.ts$/)
  .map(({ text }) => text)
  .join('\n');

describe('every node', () => {
  it('is found: the palette is not empty', () => assert.ok(types.length > 0));

  for (const type of types) {
    describe(type, () => {
      const agrees = (fact: string, breaches: () => string[]) => it(fact, () => assert.deepEqual(breaches(), []));
      const english = () => textsOf(type, 'en-US');

      agrees('is registered as the flow library reads it', () => rules.registrations(formOf(type)));
      agrees('saves what its dialog shows', () => rules.defaultsAgainstTemplate(formOf(type)));
      agrees('is saved with the version of its settings', () => rules.savedVersion(formOf(type)));
      agrees('has a line of help for each field that needs one', () => rules.fieldsWithoutHint(formOf(type)));
      agrees('has the same presets in dialog and runtime', () => presetsAgainstDefaults(type));
      agrees('uses each text of its catalogue, and has each it uses', () =>
        rules.textsAgainstUse(formOf(type), english(), runtime + partOf(type, `${type}.ts`)),
      );
      agrees('has the same texts in every language', () => {
        const keys = languages.map(language => [...textsOf(type, language).keys()].sort());
        return keys.flatMap((own, index) => [
          ...missing(own, keys[0] ?? [], `${languages[index]} lacks`),
          ...missing(keys[0] ?? [], own, `${languages[index]} has besides`),
        ]);
      });
      for (const language of languages) {
        agrees(`mentions every field in its help (${language})`, () =>
          rules.fieldsAgainstHelp(formOf(type), textsOf(type, language), helpOf(type, language)),
        );
        agrees(`has a help in the house order (${language})`, () => rules.helpOrder(helpOf(type, language), language));
        agrees(`has a help that ends with how to try it (${language})`, () =>
          rules.tryIt(helpOf(type, language), language, exampleNames, formOf(type).definition.category !== 'config'),
        );
        agrees(`has a help that belongs to it (${language})`, () =>
          helpOf(type, language).includes(`<script type="text/markdown" data-help-name="${type}">`)
            ? []
            : ['wrong data-help-name'],
        );
        agrees(`labels every output (${language})`, () => rules.outputLabels(formOf(type), textsOf(type, language)));
      }
      agrees('keeps secrets as passwords', () => rules.secrets(formOf(type)));
      agrees('takes its colours from the theme', () => rules.colours(formOf(type)));
      agrees('has its icon', () => iconBreaches(formOf(type).definition.icon));
      agrees('has a template of its own name', () =>
        partOf(type, `${type}.html`).includes(`data-template-name="${type}"`) ? [] : ['wrong data-template-name'],
      );
    });
  }
});

function missing(own: string[], other: string[], what: string): string[] {
  return other.filter(key => !own.includes(key)).map(key => `${what} ${key}`);
}

function iconBreaches(icon: string | undefined): string[] {
  if (!icon || icon.startsWith('font-awesome/')) return [];
  const file = join(repository, 'icons', icon);
  if (!existsSync(file)) return [`icons/${icon} is missing`];
  return readFileSync(file, 'utf8').includes('<svg') ? [] : [`icons/${icon} is not an SVG`];
}

describe('the rules for nodes', () => {
  const bad = `<script type="text/javascript">
    RED.nodes.registerType('bad', { category: 'c', color: '#fff', icon: name, inputs: 1, outputs: 2,
      defaults: { name: { value: '' }, password: { value: '' }, x: { value: 1 }, from: { value: 'a.b' } },
      credentials: { token: { type: 'text' } }, outputLabels: ['one', ''], label: function () { return this._('label.gone'); } });
    </script><script type="text/html" data-template-name="bad">
    <label for="node-input-from"><span data-i18n="label.from"></span></label>
    <input id="node-input-name"><input id="node-input-extra" style="color: #123456"></script>`.replace(
    'icon: name',
    "icon: 'i' + '.svg'",
  );
  const form = readForm('bad', bad);
  const texts = new Map([
    ['label.from', 'Source'],
    ['label.unused', 'x'],
  ]);

  it('find what is not literal and what is reserved', () =>
    assert.deepEqual(rules.registrations(form), ['icon is not written as a literal', "property x is Node-RED's own"]));
  it('find inputs without a property and properties without an input', () =>
    assert.deepEqual(rules.defaultsAgainstTemplate(form).length, 5));
  it('find a help whose headings are in another order', () =>
    assert.equal(rules.helpOrder('<script>\nSays.\n### Details\n### Inputs', 'en-US').length, 1));
  it('find a help that does not say how to try it', () => {
    const help = 'Says.\n### Try it\n**02 - Away**\n```json\n{"payload":}\n```';
    assert.equal(rules.tryIt(help, 'en-US', ['01 - There'], true).length, 2);
    assert.equal(rules.tryIt(help.replace('02 - Away', '01 - There'), 'en-US', ['01 - There'], false).length, 0);
    assert.equal(rules.tryIt('Says.', 'en-US', [], true).length, 3);
  });
  it('find fields that the help forgets', () =>
    assert.deepEqual(rules.fieldsAgainstHelp(form, texts, 'nothing'), ['the help does not mention "Source" (from)']));
  it('find texts that are missing or not used', () =>
    assert.deepEqual(rules.textsAgainstUse(form, texts, ''), [
      'text label.gone is used but not in the catalogue',
      'text palette.label.c is used but not in the catalogue',
      'text label.unused is in the catalogue but not used',
    ]));
  it('find secrets in the open', () => assert.equal(rules.secrets(form).length, 2));
  it('find outputs without a label', () =>
    assert.deepEqual(rules.outputLabels(form, texts), ['output 2 has no label']));
  it('find colours of their own', () => assert.equal(rules.colours(form).length, 1));
});
