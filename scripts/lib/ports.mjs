/** Ports that stay with the process that asked for them, though nothing listens on them yet or for a while. */
import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections and to servers that ask for any (from 32768 or 49152 on). */
const first = 20_000;
const count = 5_000;
/** Whoever has claimed a port listens on the one so much above it: of several processes one gets that, and it is free again
 *  when the process has ended, however it did. */
const toClaim = count;

/** @type {Map<number, import('node:net').Server>} */
const claims = new Map();

/** A port on which nothing listens, and that no other process claims until this one ends or releases it. */
export async function claimPort() {
  const from = Math.floor(Math.random() * count);
  for (let turn = 0; turn < count; turn += 1) {
    const port = first + ((from + turn) % count);
    const claim = await listen(port + toClaim);
    if (!claim) continue;
    if (await isFree(port)) {
      claim.unref();
      claims.set(port, claim);
      return port;
    }
    await closed(claim);
  }
  throw new Error(`every port from ${first} to ${first + count - 1} is in use`);
}

/** @param {number} port */
export async function releasePort(port) {
  const claim = claims.get(port);
  claims.delete(port);
  if (claim) await closed(claim);
}

/** Whether nothing listens there now. @param {number} port */
export async function isFree(port) {
  const server = await listen(port);
  if (!server) return false;
  await closed(server);
  return true;
}

/** @returns {Promise<import('node:net').Server | null>} null when something else listens there */
function listen(port) {
  return new Promise(resolve => {
    const server = createServer(socket => socket.destroy());
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

const closed = server => new Promise(resolve => server.close(() => resolve(undefined)));
