/** What the build makes of a node's dialog and texts. Its scripts are modules, which TypeScript does not let a test import. */
interface Catalogue {
  [key: string]: string | Catalogue;
}

interface Rows {
  /** The html of a node's dialog, its rows expanded. */
  formHtml(type: string): string;
  /** `html` with its rows expanded; `file` is what a failure names, `hints` the fields that have a line of help. */
  expandForm(html: string, file: string, hints?: string[]): string;
}

interface Texts {
  /** A node's own texts and those of its groups of rows. */
  catalogueOf(type: string, language: string): Catalogue;
}

export const { formHtml, expandForm }: Rows = require('../../scripts/build/rows.mjs');
export const { catalogueOf }: Texts = require('../../scripts/build/texts.mjs');
