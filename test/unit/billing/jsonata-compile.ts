import jsonata from 'jsonata';
import type { Compile } from '../../../lib/billing/settings';

/** JSONata as Node-RED brings it. */
export const compile: Compile = expression => {
  const compiled = jsonata(expression);
  return (data, bindings) => compiled.evaluate(data, bindings);
};
