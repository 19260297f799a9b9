/** The kinds of rows. Every row has a name (of the setting), an icon, `for` (`schedule:daily`: shown for these choices only) and
 *  `label` (its text's key; `label.<name>` unless told). Each answers with the lines of its inputs. */
import { wrong } from './rows.mjs';

const common = { required: ['name', 'icon'], optional: ['for', 'label'] };

const kinds = {
  /** `width` in px, when it is not as wide as the others; a placeholder is a text's key, or (`sample`) the same in all languages. */
  text: {
    optional: ['width', 'placeholder', 'sample'],
    inputs: ({ id, ...row }) => [`<input type="text" id="${id}"${look(row)}>`],
  },
  number: {
    optional: ['placeholder'],
    inputs: ({ id, ...row }) => [`<input type="text" id="${id}"${look({ width: '80', ...row })}>`],
  },
  /** What the field means is chosen: a text, a property of the message, … */
  typed: {
    optional: ['placeholder'],
    inputs: ({ id, ...row }) => [`<input type="text" id="${id}"${look(row)}>`, `<input type="hidden" id="${id}Type">`],
  },
  /** `options`: words; each has the text `option.<word>`. `word=value` saves another value. None: the script fills them in. */
  choice: {
    optional: ['options'],
    inputs: ({ id, options }) => [`<select id="${id}" style="width: 70%">`, ...optionsOf(options), '</select>'],
  },
  /** A password that is stored, or the name of an environment variable; `env` is an example of one. */
  secret: {
    required: ['env'],
    inputs: ({ id, name, env }) => [
      `<select id="wap-billing-${name}-source" style="width: 20%"></select>`,
      `<input type="password" id="${id}" style="width: 48%">`,
      `<input type="text" id="${id}Env" style="width: 48%" placeholder="${env}">`,
    ],
  },
  tick: {
    whole: row => [
      `<input type="checkbox" id="${row.id}" style="width: auto; margin: 0 6px 0 104px">`,
      labelOf(row, ' style="width: auto; margin: 0"'),
    ],
  },
  /** A list of rows that the script fills in. */
  table: {
    whole: ({ id, name, ...row }) => [
      labelOf({ ...row, id: `wap-billing-table-${name}` }, ' style="width: auto"'),
      `<ol id="wap-billing-table-${name}"></ol>`,
      `<input type="hidden" id="${id}">`,
    ],
  },
};

/** The lines of one row. `place`: { file, line, prefix }. */
export function rowHtml(row, place) {
  const kind = kinds[row.kind];
  if (!Object.hasOwn(kinds, row.kind))
    wrong(place, `there is no row "${row.kind}": it is one of ${Object.keys(kinds).join(', ')}`);
  checkAttributes(row, kind, place);
  const whole = { label: `label.${row.name}`, ...row, id: place.prefix + row.name };
  const inside = kind.whole?.(whole) ?? [labelOf(whole), ...kind.inputs(whole)];
  const shownFor = row.for ? ` data-for="${row.for}"` : '';
  return [`<div class="form-row"${shownFor}>`, ...inside.map(line => `  ${line}`), ...hint(whole, place), '</div>'];
}

/** The line of help below a field. */
function hint({ id, name }, { hints }) {
  return hints.includes(name)
    ? [`  <div class="wap-billing-hint" id="${id}-hint" data-i18n="hint.${name}"></div>`]
    : [];
}

/** The button that tests what the dialog holds, and what comes of it. */
export function checkHtml() {
  return [
    '<div class="form-row wap-billing-check">',
    '  <label></label>',
    '  <button type="button" class="red-ui-button" id="wap-billing-check" data-i18n="button.check"></button>',
    '  <div id="wap-billing-check-result" role="status"></div>',
    '</div>',
  ];
}

function checkAttributes({ kind, ...given }, { required = [], optional = [] }, place) {
  const needed = [...common.required, ...required];
  const known = [...needed, ...common.optional, ...optional];
  const missing = needed.filter(name => !given[name]);
  const unknown = Object.keys(given).filter(name => !known.includes(name));
  if (missing.length > 0) wrong(place, `row ${kind} needs ${missing.join(', ')}`);
  if (unknown.length > 0) wrong(place, `row ${kind} has no ${unknown.join(', ')}: it may have ${known.join(', ')}`);
}

function labelOf({ id, icon, label }, style = '') {
  return `<label for="${id}"${style}><i class="fa fa-${icon}"></i> <span data-i18n="${label}"></span></label>`;
}

function look({ width, placeholder, sample }) {
  const style = width ? ` style="width: ${width}px"` : '';
  const example = sample ? ` placeholder="${sample}"` : '';
  return style + example + (placeholder ? ` data-i18n="[placeholder]${placeholder}"` : '');
}

function optionsOf(options = '') {
  if (options === '') return [];
  return options.split(' ').map(option => {
    const [word, value = word] = option.split(/=(.*)/);
    return `  <option value="${value}" data-i18n="option.${camelCase(word)}"></option>`;
  });
}

const camelCase = word => word.replace(/-([a-z])/g, (_all, letter) => letter.toUpperCase());
