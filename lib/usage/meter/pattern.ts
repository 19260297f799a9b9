/** `*` stands for any letters, none included; upper and lower case are the same. */
export function pattern(text: string): RegExp {
  const parts = text.split('*').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[\\s\\S]*')}$`, 'i');
}

/** Whether some text fits both patterns. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  const known = new Map<number, boolean>();
  const meet = (i: number, j: number): boolean => {
    const at = i * (b.length + 1) + j;
    const before = known.get(at);
    if (before !== undefined) return before;
    known.set(at, false);
    const result =
      (i === a.length && j === b.length) ||
      (a[i] === '*' && (meet(i + 1, j) || (j < b.length && meet(i, j + 1)))) ||
      (b[j] === '*' && (meet(i, j + 1) || (i < a.length && meet(i + 1, j)))) ||
      (i < a.length && a[i] === b[j] && meet(i + 1, j + 1));
    known.set(at, result);
    return result;
  };
  return meet(0, 0);
}
