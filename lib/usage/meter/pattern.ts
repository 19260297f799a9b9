/** A text in which `*` stands for any letters, or none; case does not matter. */
export interface Pattern {
  /** Whether the whole text fits. */
  test(text: string): boolean;
}

/** Looks for the parts between the stars one after another, each where it first occurs, and never goes back: the time grows only
 *  with the length of the text, so that no pattern can stop Node-RED. */
export function pattern(text: string): Pattern {
  const [first = '', ...rest] = text.toLowerCase().split('*');
  const last = rest.pop();
  if (last === undefined) return { test: given => given.toLowerCase() === first };
  const middle = rest.filter(part => part !== '');
  return {
    test: given => {
      const all = given.toLowerCase();
      if (all.length < first.length + last.length || !all.startsWith(first) || !all.endsWith(last)) return false;
      const end = all.length - last.length;
      let at = first.length;
      for (const part of middle) {
        const found = all.indexOf(part, at);
        if (found < 0 || found + part.length > end) return false;
        at = found + part.length;
      }
      return true;
    },
  };
}

/** Whether some text fits both patterns. Takes time in the product of their lengths. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  if (!a.includes('*') && !b.includes('*')) return a === b;
  // What fits from here on, for each place of `b`: at first from the end of `a`.
  let after: boolean[] = Array.from({ length: b.length + 1 }, (_, j) => /^\**$/.test(b.slice(j)));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    const here: boolean[] = [];
    for (let j = b.length; j >= 0; j -= 1) {
      const isStar = a[i] === '*';
      const skipsOwn = isStar && (after[j] || (j < b.length && here[j + 1]));
      const skipsOther = b[j] === '*' && (here[j + 1] || after[j]);
      here[j] = Boolean(skipsOwn || skipsOther || (j < b.length && a[i] === b[j] && after[j + 1]));
    }
    after = here;
  }
  return after[0] ?? false;
}
