import type { Express } from 'express';
import { type Listening, listen } from '../listen';
import type { ServerName } from '../server-name';
import type { WapPorts, WapSimulatorOptions } from './options';

const documentedPorts: WapPorts = { admin: 30004, usage: 30022, sts: 30071, windows: 30072 };
const anyPorts: WapPorts = { admin: 0, usage: 0, sts: 0, windows: 0 };

type WapServer = Exclude<ServerName, 'billing'>;

/** All or none: when one port is taken, the others are given back. */
export async function listenAll(
  apps: Record<WapServer, Express>,
  { ports, tls }: WapSimulatorOptions,
): Promise<Record<WapServer, Listening>> {
  const wanted = ports === 0 ? anyPorts : { ...documentedPorts, ...ports };
  const open: Listening[] = [];
  const start = async (name: WapServer): Promise<Listening> => {
    const server = await listen(apps[name], wanted[name], tls);
    open.push(server);
    return server;
  };
  try {
    return {
      admin: await start('admin'),
      usage: await start('usage'),
      sts: await start('sts'),
      windows: await start('windows'),
    };
  } catch (error) {
    await Promise.all(open.map(server => server.close()));
    throw error;
  }
}
