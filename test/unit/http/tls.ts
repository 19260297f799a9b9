import { readFileSync } from 'node:fs';
import path from 'node:path';

const fixture = (name: string) => readFileSync(path.join(__dirname, '../../data/tls', name));
/** Self-signed, for localhost and 127.0.0.1. */
export const localhost = { key: fixture('localhost.key.pem'), cert: fixture('localhost.cert.pem') };
/** Self-signed, for another host. */
export const other = { key: fixture('other.key.pem'), cert: fixture('other.cert.pem') };
/** Signed with SHA-1, by an authority of its own. */
export const old = { key: fixture('old.key.pem'), cert: fixture('old.cert.pem'), ca: fixture('old-ca.cert.pem') };
