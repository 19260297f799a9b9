import { AdapterError, shapeOf } from '../errors';

/** A prefix such as `/wap`, in lower case, with a slash in front and none at the end; the root is empty.
 *  @throws INPUT_INVALID for what cannot be the begin of a path */
export function readPrefix(text: string): string {
  const path = `/${text.trim()}`
    .replace(/\/{2,}/g, '/')
    .replace(/\/$/, '')
    .toLowerCase();
  if (/^[/a-z0-9._~-]*$/.test(path) && !/\/\.{1,2}(\/|$)/.test(path)) return path;
  throw new AdapterError('INPUT_INVALID', `prefix: expected a path such as /wap, but got ${shapeOf(text)}.`, {
    subject: 'prefix',
  });
}
