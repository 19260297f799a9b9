/** Shorter fragments are not secret: they could be any word. */
const shortestPart = 8;
/** Longer secrets are tokens, which are renewed every few hours: fewer forms of them are kept. */
const longKey = 128;

/** Every form in which a peer may echo a password: verbatim, escaped for a URL, XML or JSON, and in base64. */
export function formsOfPassword(password: string): string[] {
  return withEscapes([password, ...encodings(password)]);
}

/** The forms of a Basic login. */
export function formsOfLogin(user: string, password: string): string[] {
  const login = `${user}:${password}`;
  return [...formsOfPassword(password), ...withEscapes(encodings(login))];
}

/** The forms of a token, a key or a whole header, including its parts: what follows the scheme, the segments of a JWT, the
 *  password inside `Basic <base64>`. */
export function formsOfToken(token: string): string[] {
  const bare = token.replace(/^[A-Za-z][\w-]*\s+/, '');
  const parts = bare.split(/[\s,;&"']+/).flatMap(piece => [piece, piece.replace(/^[\w-]+=(?=[^=])/, '')]);
  const segments = parts.flatMap(part => part.split(/[.:]/));
  const long = [...parts, ...segments].filter(part => part.length >= shortestPart);
  const passwords = parts.map(passwordIn).filter(password => password !== '');
  return [...[token, bare, ...long].flatMap(formsOfPassword), ...passwords.flatMap(formsOfPassword)];
}

/** The password in the base64 of `user:password`; empty if it is something else. */
function passwordIn(part: string): string {
  if (!/^[\w+/-]{4,}={0,2}$/.test(part)) return '';
  const login = Buffer.from(part, 'base64').toString('utf8');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters show that it is no text
  const [, password = ''] = /^[^:\u0000-\u001f\ufffd]+:([^\u0000-\u001f\ufffd]+)$/.exec(login) ?? [];
  return password;
}

/** base64 of each encoding that clients use, with and without `=`, and hexadecimal. Of a long token only the first. */
function encodings(text: string): string[] {
  if (text.length < 4) return [];
  return (['utf8', 'latin1', 'utf16le'] as const).flatMap(encoding => {
    const isLong = text.length > longKey;
    if (isLong && encoding !== 'utf8') return [];
    const bytes = Buffer.from(text, encoding);
    const base64 = bytes.toString('base64');
    const forms = [base64, base64.replace(/=+$/, ''), bytes.toString('base64url')];
    return isLong ? forms : [...forms, bytes.toString('hex')];
  });
}

/** Each text as it is and in every escape. */
function withEscapes(texts: string[]): string[] {
  return texts.flatMap(text => [text, ...addressForms(text), ...xmlForms(text), ...jsonForms(text)]);
}

/** As encoders of addresses write it, which differ in what they leave as it is. */
function addressForms(text: string): string[] {
  if (/\p{Surrogate}/u.test(text)) return []; // a lone surrogate, which no URL can carry
  const encoded = encodeURIComponent(text);
  const strict = encoded.replace(/[!'()*~]/g, hexOf);
  return [encoded, strict, strict.replace(/%20/g, '+'), encodeURI(text)];
}

const hexOf = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** As writers of XML and HTML write it: with names, with decimal and with hexadecimal numbers. */
function xmlForms(text: string): string[] {
  const named = text.replace(/[&<>"']/g, char => entities[char] ?? char);
  const inText = text.replace(/[&<>]/g, char => entities[char] ?? char);
  const numbered = (form: string, code: (point: number) => string) =>
    form.replace(/[^\x20-\x7e]/gu, char => code(char.codePointAt(0) ?? 0));
  const forms = [inText, inText.replaceAll('"', '&quot;'), named, named.replaceAll('&apos;', '&#39;')];
  return forms.flatMap(form => [
    form,
    numbered(form, point => `&#${point};`),
    numbered(form, point => `&#x${point.toString(16)};`),
  ]);
}

/** As writers of JSON write it: plain, with escaped slashes, in ASCII, and safe for HTML as .NET has it. */
function jsonForms(text: string): string[] {
  const plain = JSON.stringify(text).slice(1, -1);
  const escaped = (form: string, characters: RegExp) =>
    form.replace(characters, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return [
    plain,
    plain.replaceAll('/', '\\/'),
    escaped(plain, /[^\x20-\x7e]/g),
    escaped(plain, /[^\x20-\x7e]|[&<>'+]/g),
  ];
}
