/** The words of a call that come from closed lists; the dialog offers them too. */
import type { HttpCall } from '../../http/types';

export const methods: ReadonlyArray<HttpCall['method']> = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** How a body is written. */
export const encodes = ['json', 'form', 'text', 'xml'] as const;
export type Encode = (typeof encodes)[number];

/** How an answer is read. */
export const decodes = ['json', 'text', 'xml'] as const;
export type Decode = (typeof decodes)[number];
