/** A value that a dialog can offer for a field, and what the user sees. */
export interface Choice {
  value: string;
  label: string;
}
