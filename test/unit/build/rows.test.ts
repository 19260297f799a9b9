import assert from 'node:assert/strict';
import { expandForm } from '../../harness/dialogs';

const file = 'nodes/x/x.html';
const dialog = (...lines: string[]) => ['<script type="text/html">', ...lines, '</script>'].join('\n');
const inside = (line: string) => expandForm(dialog(line), file).split('\n').slice(1, -1);

describe('rows of a dialog', () => {
  it('become a label and an input, shown for the choices that they name', () =>
    assert.deepEqual(inside('  <!-- row text name="planId" icon="hashtag" for="mode:one" width="120" -->'), [
      '  <div class="form-row" data-for="mode:one">',
      '    <label for="node-input-planId"><i class="fa fa-hashtag"></i> <span data-i18n="label.planId"></span></label>',
      '    <input type="text" id="node-input-planId" style="width: 120px">',
      '  </div>',
    ]));

  it('are those of a configuration node in its dialog', () => {
    const html = expandForm('category: \'config\'\n<!-- row number name="retries" icon="repeat" -->', file);
    assert.match(html, /id="node-config-input-retries"/);
  });

  it('offer each word of a choice, or the value that is saved for it', () =>
    assert.deepEqual(
      inside('<!-- row choice name="kind" icon="key" options="all csv-semicolon environment=${KIND:-a=b}" -->').slice(
        3,
        6,
      ),
      [
        '    <option value="all" data-i18n="option.all"></option>',
        '    <option value="csv-semicolon" data-i18n="option.csvSemicolon"></option>',
        '    <option value="${KIND:-a=b}" data-i18n="option.environment"></option>',
      ],
    ));

  it('have a line of help when the catalogue has one for their field', () => {
    const html = expandForm(dialog('<!-- row text name="a" icon="b" -->'), file, ['a']);
    assert.match(html, /<div class="wap-billing-hint" id="node-input-a-hint" data-i18n="hint\.a"><\/div>/);
    assert.doesNotMatch(expandForm(dialog('<!-- row text name="a" icon="b" -->'), file, ['b']), /hint/);
  });

  it('between fold and end fold are folded away', () => {
    const html = inside('<!-- fold advanced -->\n<!-- row text name="a" icon="b" -->\n<!-- end fold -->');
    assert.equal(html[0], '<details class="wap-billing-fold">');
    assert.equal(html.at(-1), '</details>');
  });

  it('are not needed for the version of the settings, which is saved with them', () => {
    const html = expandForm(
      '    settingsVersion: { value: \'1\' },\n<script type="text/html" data-template-name="x">',
      file,
    );
    assert.match(html, /<input type="hidden" id="node-input-settingsVersion">/);
  });

  it('of a group stand in the place of its name', () => {
    const html = inside('<!-- rows poll-schedule -->').join('\n');
    for (const name of ['schedule', 'everySeconds', 'dailyAt', 'timeZone']) assert.match(html, new RegExp(`-${name}"`));
  });

  it('of a group bring what they save, with the presets of the node', () => {
    const [maxOpen, , pageSize] = inside('    // settings poll-reading pageSize="7"');
    assert.match(maxOpen ?? '', /^ {4}maxOpen: \{ value: '2', validate: /);
    assert.match(pageSize ?? '', /^ {4}pageSize: \{ value: '7', validate: /);
  });
});

describe('a broken row', () => {
  for (const [line, what] of [
    ['<!-- row txt name="a" icon="b" -->', 'there is no row "txt": it is one of text, number, typed'],
    ['<!-- row text icon="b" -->', 'row text needs name'],
    ['<!-- row secret name="a" icon="b" -->', 'row secret needs env'],
    ['<!-- end fold -->', 'there is no <!-- fold … --> before it'],
    ['<!-- fold advanced -->', 'this fold has no <!-- end fold -->'],
    ['<!-- fold More of it -->', 'a fold has one word for its title'],
    ['<!-- row text name="a" icon="b" wide="7" -->', 'row text has no wide: it may have name, icon, '],
    ['<!-- row text name=a icon="b" -->', 'cannot read "text name=a icon="b""'],
    ['<!--row text name="a" icon="b" -->', 'a row stands alone in its line'],
    ['<p><!-- row text name="a" icon="b" --></p>', 'a row stands alone in its line'],
    ['<!-- rows polls -->', 'there is no group of rows editor/rows/polls.html'],
    ['// settings polls', 'there is no group of rows editor/rows/polls.html'],
    ['// settings poll-reading pages="1"', 'group poll-reading has no setting pages'],
  ] as const)
    it(`fails the build with its file and line: ${line}`, () =>
      assert.throws(
        () => expandForm(dialog('', line), file),
        ({ message }: Error) => message.startsWith(`Build: nodes/x/x.html:3: ${what}`),
      ));
});
