/** One thing that Test connection tried. */
export interface CheckedPart {
  part: 'admin' | 'token' | 'usage' | 'certificate' | 'billing';
  /** `null`: there is nothing of it to try. */
  ok: boolean | null;
  /** What was found; the dialogs have the sentence as `check.found.<found>`. Not with `error`. */
  found?: string;
  values?: Record<string, string | number>;
  /** Why it failed. */
  error?: unknown;
}

/** The part as `act` finds it, or why it failed. */
export async function partOf(
  part: CheckedPart['part'],
  act: () => Promise<Omit<CheckedPart, 'part'>>,
): Promise<CheckedPart> {
  try {
    return { part, ...(await act()) };
  } catch (error) {
    return { part, ok: false, error };
  }
}
