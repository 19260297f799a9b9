/** What the dialog of `billing-connection` shows of a provider; the editor draws it, and the runtime checks it, by the same rules. */

/** How one signs in to a billing system. */
export type SignIn = 'none' | 'basic' | 'bearer' | 'header';

/** What a provider wants to know beside address and credentials. */
export interface OptionField {
  /** What the dialog begins with. */
  preset: string;
  /** May be left empty. */
  optional?: true;
  /** A closed list. */
  words?: readonly string[];
  /** A regular expression of its whole text, and a text that fits. */
  shape?: { pattern: string; sample: string };
  /** Kept as a credential; a provider has at most one. */
  secret?: true;
  /** Wanted only where this other option is filled in. */
  with?: string;
}

export type OptionFields = Readonly<Record<string, OptionField>>;

/** A text in each language that its package has; `en-US` stands in for the others. */
export type LocalText = Readonly<Record<string, string>>;

export interface ProviderForm {
  /** The usual address, or what it looks like. */
  address: string;
  /** How one signs in; `null`: the operator chooses. */
  signIn: SignIn | null;
  options: OptionFields;
  /** Of a provider that another package brings: our catalogues lack its words. */
  label?: LocalText;
  texts?: Readonly<Record<string, { label: LocalText; hint?: LocalText }>>;
}

type Given = Readonly<Record<string, unknown>>;

/** Whether a second secret is wanted, as the options are. */
export function wantsSecret(fields: OptionFields, given: Given = {}): boolean {
  return Object.values(fields).some(({ secret, with: other }) => secret === true && (!other || Boolean(given[other])));
}

/** Those that are no credential, by name. */
export function plainOptions(fields: OptionFields): Array<[string, OptionField]> {
  return Object.entries(fields).filter(([, { secret }]) => !secret);
}

/** Whether a text that is not empty has the shape of its option. */
export function fitsShape({ shape }: OptionField, text: string): boolean {
  return !shape || new RegExp(`^(?:${shape.pattern})$`).test(text);
}
