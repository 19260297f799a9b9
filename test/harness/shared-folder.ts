/** Folders that outlive a run, because they take long to make: in the system's temporary folder, one set a user. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Named after the user too: what another one made may not be readable, and must not be run. Users of containers may have a
 *  number only; those of Windows have no number, and a temporary folder of their own. */
export const sharedFolder = (name: string): string => join(tmpdir(), `wap-billing-${process.getuid?.() ?? 0}-${name}`);
