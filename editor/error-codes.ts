import { errorCodes as known } from '../lib/errors';
import { fitting, type Search } from './suggest';

/** Whose failures they are, for all codes of one side. */
const sides = ['WAP_*', 'BILLING_*'];

/** Offers the codes that an error can have, with what they mean. */
export const errorCodes: Search = (text, show) => {
  const codes = Object.entries(known).map(([value, meaning]) => ({ value, label: `${value}: ${meaning}` }));
  show(fitting([...sides.map(value => ({ value, label: value })), ...codes], text));
};
