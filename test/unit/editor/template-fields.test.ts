import assert from 'node:assert/strict';
import { sections } from '../../../editor/template-fields';
import { defaultTemplates } from '../../../lib/billing/rest/templates';

const fieldOf = (section: string, name: string) => {
  const field = sections.find(known => known.name === section)?.fields.find(known => known.name === name);
  assert.ok(field, `no field for ${section}.${name}`);
  return field;
};

describe('the template fields of the billing connection', () => {
  for (const [name, value] of Object.entries(defaultTemplates)) {
    it(`show ${name} of the defaults and read it back unchanged`, () => {
      const values: Array<[string, string, unknown]> =
        typeof value === 'object'
          ? Object.entries(value).map(([field, part]) => [name, field, part])
          : [['common', name, value]];
      for (const [section, field, part] of values) {
        const { toText, fromText } = fieldOf(section, field);
        assert.deepEqual(fromText(toText(part)), part);
      }
    });
  }

  for (const [section, name, text, value] of [
    ['create', 'exists', '409, 422', [409, 422]],
    ['create', 'exists', '409 4x', [409, '4x']],
    ['create', 'exists', ' ', undefined],
    ['create', 'exists', '$status = 400 and code = 2060', '$status = 400 and code = 2060'],
    ['usage', 'known', 'code = 50000', 'code = 50000'],
    ['usage', 'known', '409 = $status', '409 = $status'],
    ['common', 'error', 'result = "error" ? message', 'result = "error" ? message'],
    ['read', 'absent', '$status = 404', '$status = 404'],
    ['list', 'pageSize', '50', 50],
    ['list', 'pageSize', 'many', 'many'],
    ['read', 'headers', 'X-Tenant: wap\n\nX-At: 10:30', { 'X-Tenant': 'wap', 'X-At': '10:30' }],
    ['read', 'headers', 'no colon', { 'no colon': '' }],
    ['read', 'query', '', undefined],
    ['common', 'states', 'live: active', { live: 'active' }],
    ['create', 'body', '  ', undefined],
    ['create', 'body', ' { "a": 1 } ', '{ "a": 1 }'],
  ] as const) {
    it(`read "${text.replaceAll('\n', '\\n')}" in ${section}.${name}`, () => {
      assert.deepEqual(fieldOf(section, name).fromText(text), value);
    });
  }
});
