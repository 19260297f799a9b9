import { say } from '../../red';

const kinds = ['plan', 'addon', 'subscription', 'subscriptionAddon', 'user'];

/** The words of a kind of ours; any other kind says itself. */
export const kindText = (kind: string): string => (kinds.includes(kind) ? say(`desk.mapping.kinds.${kind}`) : kind);

/** Kinds with their words, for a choice. */
export const kindWords = (): Record<string, string> => Object.fromEntries(kinds.map(kind => [kind, kindText(kind)]));
