/** What became of a call that the dialog tried. */
export interface TriedCall {
  method: string;
  /** With its query, below the address of the connection. */
  path: string;
  headers: Record<string, string>;
  /** As it goes out; `null`: none. */
  body: string | null;
  /** `null`: it would change something, so it was not sent. */
  answer: { status: number; headers: Record<string, string>; body: unknown } | null;
  /** What the template makes of the answer; `null`: nothing. */
  made: unknown;
  /** Why the answer cannot be used. */
  problem: string | null;
}
