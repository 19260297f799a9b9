/** Text for HTML. */
function escapeHtml(text: string): string {
  const marks: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, mark => marks[mark] ?? mark);
}

export interface PageTable {
  title: string;
  columns: string[];
  rows: string[][];
  /** Shown instead of an empty table. */
  empty: string;
}

/** A page for people who watch: tables that renew themselves. Every text is escaped here. */
export function page(title: string, lead: string, tables: PageTable[]): string {
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<meta http-equiv="refresh" content="2"><meta name="viewport" content="width=device-width">
<style>
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem }
section { overflow-x: auto }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .3rem .8rem .3rem 0 }
th { border-bottom: 2px solid #8888 } td { border-bottom: 1px solid #8884; overflow-wrap: break-word }
td:not(:empty) { min-width: 3ch }
</style></head><body><h1>${escapeHtml(title)}</h1><p>${escapeHtml(lead)}</p>
${tables.map(section).join('\n')}</body></html>
`;
}

function section({ title, columns, rows, empty }: PageTable): string {
  const heading = `<h2>${escapeHtml(title)}</h2>`;
  if (rows.length === 0) return `${heading}<p>${escapeHtml(empty)}</p>`;
  const cells = (tag: string, texts: string[]): string =>
    `<tr>${texts.map(text => `<${tag}>${escapeHtml(text)}</${tag}>`).join('')}</tr>`;
  return `<section>${heading}<table><thead>${cells('th', columns)}</thead><tbody>${rows.map(row => cells('td', row)).join('')}</tbody></table></section>`;
}

/** A time of WAP or of ours, to the second. */
export const shortTime = (text: string): string => text.slice(0, 19).replace('T', ' ');
