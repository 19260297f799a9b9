/** Where APIs say what is wrong with each field or item: `error_details` (Lago), `errors`, `details`, `validationErrors`, also
 *  inside `extensions` (RFC 9457 as OpenMeter writes it). */
const places = ['error_details', 'errors', 'details', 'validationErrors', 'invalid-params', 'extensions'];
/** How deep errors are looked for, and how many are named. */
const deepest = 5;
const most = 10;

/** What an error body says about single fields or items, such as `0.transaction_id: value_already_exist`. */
export function fieldErrors(body: Record<string, unknown>): string[] {
  const said: string[] = [];
  for (const place of places) collect(body[place], '', said, 0);
  return said;
}

/** Adds what is said below a place, with the path of the field it is about. */
function collect(value: unknown, path: string, said: string[], depth: number): void {
  if (said.length >= most || depth > deepest) return;
  if (typeof value === 'string' || typeof value === 'number') {
    if (String(value).trim() !== '') said.push(path === '' ? String(value) : `${path}: ${value}`);
  } else if (Array.isArray(value)) {
    // A list of strings is about the field itself; a list of objects has one for each item.
    for (const [index, each] of value.entries()) {
      if (said.length >= most) return;
      collect(each, typeof each === 'object' ? below(path, String(index)) : path, said, depth + 1);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, each] of Object.entries(value)) {
      if (said.length >= most) return;
      collect(each, below(path, name), said, depth + 1);
    }
  }
}

const below = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
