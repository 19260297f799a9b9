import { AdapterError, type ErrorCode } from '../../errors';

/** SQLite's own messages, which are part of its interface; the bundled binary gives no numeric code for most of them. The first
 *  that matches counts. `retryable` means that the same call may succeed later. */
const table: Array<[pattern: RegExp, code: ErrorCode, sentence: string, retryable: boolean]> = [
  [
    /database (table )?is locked|database is busy/i,
    'STATE_LOCKED',
    'is used by another process: stop the other Node-RED (or tool) that has it open, or choose another file here',
    true,
  ],
  [/disk is full/i, 'STATE_UNAVAILABLE', 'cannot be written, the disk is full: make room, then try again', true],
  [
    /readonly database|permission denied|EACCES|EPERM|EROFS/i,
    'STATE_UNAVAILABLE',
    'cannot be written: give the user that runs Node-RED the right to write the file and its folder',
    false,
  ],
  [
    /malformed|not a database|corrupt/i,
    'STATE_UNAVAILABLE',
    'is damaged or not a state file: restore a backup ("npx wap-billing-state restore"), or choose another file',
    false,
  ],
  [
    /unable to open|ENOENT|ENOTDIR|EISDIR|EEXIST/i,
    'STATE_UNAVAILABLE',
    'cannot be opened: check that its folder exists and that it is a file',
    false,
  ],
  [/disk I\/O error|EIO/i, 'STATE_UNAVAILABLE', 'cannot be read or written: check the disk', true],
  [
    /constraint failed/i,
    'STATE_CONFLICT',
    'has a rule that this change would break: look at what it has already',
    false,
  ],
];

/** Turns an error of SQLite or the file system into one with a remedy: STATE_LOCKED, STATE_CONFLICT or STATE_UNAVAILABLE, with
 *  SQLite's words in `details.sqlite`. Returned, not thrown. Others pass unchanged: a mistake in our own code must keep its name.
 *  `name` is the file as people know it. */
export function stateError(error: unknown, name: string): unknown {
  if (error instanceof AdapterError || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (!/^(ERR_SQLITE|E[A-Z]+$)/.test(code) && !('sqliteCode' in error) && !('errcode' in error)) return error;
  const text = `${code} ${error.message}`;
  const known = table.find(([pattern]) => pattern.test(text));
  if (!known) {
    return new AdapterError('STATE_UNAVAILABLE', `The state file ${name} failed: ${error.message}.`, { subject: name });
  }
  const [, errorCode, sentence, retryable] = known;
  return AdapterError.advising(errorCode, `The state file ${name} ${sentence}.`, {
    subject: name,
    retryable,
    details: { sqlite: error.message },
  });
}
