/** One thing that *Test connection* tried. */
export interface CheckedPart {
  part: 'admin' | 'token' | 'usage' | 'certificate' | 'billing';
  /** `null`: there was nothing to try. */
  ok: boolean | null;
  /** What was found; its sentence is `check.found.<found>` in the catalogue. Absent when `error` is set. */
  found?: string;
  values?: Record<string, string | number>;
  /** Why it failed. */
  error?: unknown;
}

/** Runs `act` and reports what it found, or the error it threw. */
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
