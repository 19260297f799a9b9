/** The word of a closed list that `value` means, ignoring case and surrounding spaces. */
export function wordOf<W extends string>(words: readonly W[], value: unknown): W | undefined {
  if (typeof value !== 'string') return undefined;
  const typed = value.trim().toLowerCase();
  return words.find(word => word === value) ?? words.find(word => word.toLowerCase() === typed);
}
