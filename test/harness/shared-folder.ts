/** Folders that outlive a run, because they take long to make: in the system's temporary folder, one set a user. */
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Named after the user too: what another one made may not be readable, and must not be run. */
export const sharedFolder = (name: string): string => join(tmpdir(), `wap-billing-${userInfo().uid}-${name}`);
