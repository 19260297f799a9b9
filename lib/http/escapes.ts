const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const escapes =
  /(?:%[\da-f]{2})+|&(?:#x[\da-f]{1,6}|#\d{1,7}|amp|lt|gt|quot|apos);|\\(?:u[\da-f]{4}|x[\da-f]{2}|["'\\/])/gi;

/** Undoes one layer of escapes: those of URLs, of XML and HTML, and of JSON, for any character. */
export function unescaped(text: string): string {
  return text.replace(escapes, found => {
    if (found.startsWith('%')) return ofAddress(found);
    if (found.startsWith('&')) return ofXml(found.slice(1, -1).toLowerCase());
    return /^\\[ux]/i.test(found) ? letter(Number.parseInt(found.slice(2), 16)) : found.slice(1);
  });
}

/** Escapes that are no UTF-8 are taken byte by byte: a secret must be found whatever encoding it was escaped in. */
function ofAddress(run: string): string {
  try {
    return decodeURIComponent(run);
  } catch {
    return run.replace(/%(..)/g, (_, hex: string) => letter(Number.parseInt(hex, 16)));
  }
}

/** A letter by its name or its number. */
function ofXml(name: string): string {
  if (!name.startsWith('#')) return named[name] ?? '';
  return letter(name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1)));
}

/** Nothing for a number beyond Unicode. */
const letter = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : '');
