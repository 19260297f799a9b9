import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mergedSettings } from '../../../lib/wap/plans/merge-settings';
import { holds } from '../../harness/property';

const merged = (known: string, wanted: string): string | undefined =>
  mergedSettings([{ Key: 'K', Value: known }], [{ Key: 'K', Value: wanted }], 'quotas.s')[0]?.Value;

describe('a quota laid over what a plan has', () => {
  for (const [what, known, wanted, result] of [
    ['the same text stays byte for byte', '[ {"name":"a"} ]', '[{"name":"a"}]', '[ {"name":"a"} ]'],
    ['a text takes the place of a text', 'old', 'new', 'new'],
    ['a field of an object', '{"a":1,"b":2}', '{"b":3}', '{"a":1,"b":3}'],
    [
      'an element by its id before its name',
      '[{"id":1,"name":"x","n":5}]',
      '[{"id":1,"name":"y"}]',
      '[{"id":1,"name":"y","n":5}]',
    ],
    [
      'an element by its name, whatever the case',
      '[{"name":"A","n":"5"}]',
      '[{"name":"a","n":7}]',
      '[{"name":"a","n":"7"}]',
    ],
    ['a new element comes last', '[{"name":"a","n":5}]', '[{"name":"b"}]', '[{"name":"a","n":5},{"name":"b"}]'],
    ['values of a list that are not there', '["a","b"]', '["b","c"]', '["a","b","c"]'],
    ['an empty list takes nothing away', '["a"]', '[]', '["a"]'],
    [
      'deep within',
      '{"x":[{"id":"1","y":{"a":1,"b":2}}]}',
      '{"x":[{"id":"1","y":{"a":9}}]}',
      '{"x":[{"id":"1","y":{"a":9,"b":2}}]}',
    ],
    [
      'XML by Id, with attributes and texts',
      '<Clouds><Cloud Id="1" StampId="s"><Quota><RoleVMCount>5</RoleVMCount><RoleCPUCount/></Quota></Cloud><Cloud Id="2"/></Clouds>',
      '<Clouds><Cloud Id="1"><Quota><RoleVMCount>7</RoleVMCount></Quota></Cloud></Clouds>',
      '<Clouds><Cloud Id="1" StampId="s"><Quota><RoleVMCount>7</RoleVMCount><RoleCPUCount/></Quota></Cloud><Cloud Id="2"/></Clouds>',
    ],
    [
      'an empty XML element empties the one that has a text, and no other',
      '<Q><Count>5</Count><Size Unit="MB">7</Size><More><A>1</A></More></Q>',
      '<Q><Count/><Size Unit="GB"/><More/></Q>',
      '<Q><Count/><Size Unit="GB">7</Size><More><A>1</A></More></Q>',
    ],
    [
      'XML elements without names by their text',
      '<A><Stamp Id="s"><Action>Start</Action><Action M="1">Net &amp; VM</Action></Stamp></A>',
      '<A><Stamp Id="s"><Action M="2">Net &amp; VM</Action><Action>Stop</Action></Stamp></A>',
      '<A><Stamp Id="s"><Action>Start</Action><Action M="2">Net &amp; VM</Action><Action>Stop</Action></Stamp></A>',
    ],
  ] as const)
    it(`keeps the rest: ${what}`, () => assert.equal(merged(known, wanted), result));

  it('keeps settings that are not named, and fields of a setting that are not known', () => {
    const known = [
      { Key: 'A', Value: '1', Extra: 'x' },
      { Key: 'B', Value: '2' },
    ];
    const wanted = [
      { Key: 'A', Value: '3' },
      { Key: 'C', Value: '4' },
    ];
    assert.deepEqual(mergedSettings(known, wanted, 'q'), [
      { Key: 'A', Value: '3', Extra: 'x' },
      { Key: 'B', Value: '2' },
      { Key: 'C', Value: '4' },
    ]);
  });

  it('takes a key in another case for the same, where only one is meant', () => {
    const known = [{ Key: 'Editions', Value: '[{"name":"a","n":"1"}]' }];
    assert.deepEqual(mergedSettings(known, [{ Key: 'editions', Value: '[{"name":"a","n":"2"}]' }], 'q'), [
      { Key: 'Editions', Value: '[{"name":"a","n":"2"}]' },
    ]);
    const both = [...known, { Key: 'EDITIONS', Value: '1' }];
    assert.deepEqual(
      mergedSettings(both, [{ Key: 'EDITIONS', Value: '2' }], 'q').map(({ Value }) => Value),
      ['[{"name":"a","n":"1"}]', '2'],
    );
  });

  for (const [why, known, wanted] of [
    ['elements without a name', '[{"count":"5"}]', '[{"count":"6"}]'],
    ['two elements of one name', '[{"name":"a"},{"name":"a"}]', '[{"name":"a"}]'],
    ['a text over an object', '{"a":1}', 'text'],
    ['a list over an object', '{"a":1}', '[1]'],
    ['a text over XML', '<a/>', 'text'],
    ['another root is two roots', '<a><b/></a>', '{"a":1}'],
    ['numbers that JavaScript cannot keep', '{"a":12345678901234567890,"b":1}', '{"b":2}'],
    ['XML elements that nothing tells apart', '<a><b><c/></b><b><d/></b></a>', '<a><b><c>1</c></b></a>'],
  ] as const)
    it(`refuses ${why}, naming the setting and the remedy`, () => {
      assert.throws(() => merged(known, wanted), {
        code: 'INPUT_INVALID',
        message: /^quotas\.s\.K: .*choose to replace/,
      });
    });

  it('never loses a field of JSON, and a second time changes nothing', () => {
    const leaf = fc.oneof(fc.string(), fc.integer());
    const fields = fc.dictionary(fc.constantFrom('a', 'b', 'c'), leaf);
    const list = fc.uniqueArray(fc.record({ id: fc.nat(5), more: fields }), { selector: one => one.id });
    holds(
      'a quota laid over what a plan has: never loses a field of JSON, and a second time changes nothing',
      fc.property(list, list, (known, wanted) => {
        const once = merged(JSON.stringify(known), JSON.stringify(wanted)) ?? '';
        const result: typeof known = JSON.parse(once);
        for (const one of known) {
          const same = result.find(each => each.id === one.id);
          assert.ok(same && Object.keys(one.more).every(name => name in same.more));
        }
        assert.equal(merged(once, JSON.stringify(wanted)), once);
      }),
    );
  });
});
