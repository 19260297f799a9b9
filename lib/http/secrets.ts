import { unescaped } from './escapes';
import type { ProxySettings } from './proxy-settings';
import { formsOfLogin, formsOfPassword, formsOfToken } from './secret-forms';

/** Replaces a secret. */
const hiddenMark = '***';

/** How many sent headers are remembered: tokens are renewed for as long as a connection lives. */
const mostHeaders = 4;
/** Longer texts are cut: nobody reads them, and searching them would hold up the event loop. */
const longestText = 200_000;
/** From this length on a secret is found anywhere in a text, in either case, and even truncated. */
const longSecret = 8;
/** Shorter ones are found as whole words; below this length only in quotes or after `:` or `=`. */
const wordSecret = 4;
/** So much of a secret's beginning is no coincidence, wherever the text goes on. */
const surelyCut = 12;
/** Errors quote errors, and each quoting escapes again. */
const mostLayers = 3;

/** The secrets of one connection, and the one filter that every text from its peers passes before it is shown, thrown, logged
 *  or stored. Data (ids, names, quantities) is not touched: a name that happens to contain a short password stays a name.
 *
 *  A secret of 8 characters or more is removed wherever it is, also its beginning when the text was cut within it. One of 4 to
 *  7 is removed as a whole word. One of 1 to 3 is removed only in quotes or after `:` or `=`: as a mere word it would garble
 *  any text and be guessed anyway. */
export class Secrets {
  readonly #given = new Set<string>();
  readonly #sent = new Map<string, string[]>();
  #hiders: ReadonlyArray<(text: string) => string> = [];

  /** With the user, the Basic form is covered too. */
  addPassword(password: string | undefined, user?: string): void {
    if (password) this.#add(user === undefined ? formsOfPassword(password) : formsOfLogin(user, password));
  }

  /** A token, a key or the value of a header. */
  addToken(token: string | undefined): void {
    if (token) this.#add(formsOfToken(token));
  }

  /** User and password of a proxy, from its fields or its address. */
  addProxy(proxy: ProxySettings | undefined): void {
    if (!proxy) return;
    this.addPassword(proxy.password, proxy.user);
    if (!URL.canParse(proxy.url)) return;
    const { username, password } = new URL(proxy.url);
    for (const each of [password, safelyDecoded(password)]) this.addPassword(each, safelyDecoded(username));
  }

  /** A value that was sent as `Authorization`: tokens are issued at run time, so they cannot be added beforehand. */
  sent(header: string): void {
    if (this.#sent.has(header)) return;
    this.#sent.set(header, formsOfToken(header));
    for (const oldest of this.#sent.keys()) {
      if (this.#sent.size <= mostHeaders) break;
      this.#sent.delete(oldest);
    }
    this.#prepare();
  }

  /** The text without secrets. If a secret was found only after undoing escapes, the text comes with its escapes undone. */
  hide(text: string): string {
    let hidden = this.#without(text.slice(0, longestText));
    let plain = hidden;
    for (let layer = 0; layer < mostLayers; layer += 1) {
      const inner = unescaped(plain);
      if (inner === plain) break;
      plain = this.#without(inner);
      if (plain !== inner) hidden = plain;
    }
    return hidden;
  }

  #without(text: string): string {
    return this.#hiders.reduce((hidden, hider) => hider(hidden), text);
  }

  #add(forms: string[]): void {
    for (const form of forms) this.#given.add(form);
    this.#prepare();
  }

  /** Makes the filters anew; secrets are added rarely and texts are filtered often. */
  #prepare(): void {
    const all = new Set([...this.#given, ...[...this.#sent.values()].flat()]);
    // The longest first, and whole ones before truncated ones: removing a part of a longer form would leave the rest of it.
    const forms = [...all].filter(form => form.trim() !== '').sort((a, b) => b.length - a.length);
    const long = forms.filter(form => form.length >= longSecret);
    this.#hiders = [...forms.map(wholeHider), ...long.map(form => longHider(form, true))];
  }
}

/** Removes a form where it stands whole. */
function wholeHider(form: string): (text: string) => string {
  if (form.length >= longSecret) return longHider(form, false);
  const literal = form.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  const word = `(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])`;
  const pattern = form.length >= wordSecret ? word : `(?<=["'\`«“‘<]|[:=]\\s{0,3})${literal}(?![\\p{L}\\p{N}_])`;
  const expression = new RegExp(pattern, 'gu');
  return text => text.replace(expression, hiddenMark);
}

/** Removes a long form in either case; `alsoCut`: also its beginning, where the text was cut. */
function longHider(form: string, alsoCut: boolean): (text: string) => string {
  const folded = form.toLowerCase();
  return text => {
    const lower = text.toLowerCase();
    // A few letters change their length with their case; positions in one text would then not fit the other.
    const isSame = lower.length === text.length && folded.length === form.length;
    return isSame ? without(text, lower, folded, alsoCut) : without(text, text, form, alsoCut);
  };
}

/** `text` without every occurrence of `form`, searched for in `searched`. */
function without(text: string, searched: string, form: string, alsoCut: boolean): string {
  const head = form.slice(0, longSecret);
  let result = '';
  let kept = 0;
  let from = 0;
  for (let at = searched.indexOf(head); at !== -1; at = searched.indexOf(head, from)) {
    const end = at + commonLength(searched, at, form);
    const isCut = end - at >= surelyCut || isEnd(searched, end);
    from = at + 1;
    if (end - at < form.length && !(alsoCut && isCut)) continue;
    result += text.slice(kept, at) + hiddenMark;
    kept = end;
    from = end;
  }
  return kept === 0 ? text : result + text.slice(kept);
}

/** How many characters of the form stand at this place. */
function commonLength(text: string, at: number, form: string): number {
  let length = 0;
  while (length < form.length && text.charCodeAt(at + length) === form.charCodeAt(length)) length += 1;
  return length;
}

/** The text ends here, or shows that it was cut or hidden. */
const isEnd = (text: string, end: number): boolean =>
  end === text.length || /^(…|\.\.\.|\*\*)/.test(text.slice(end, end + 3));

/** A password with a bare % in it stays as it is. */
export function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
