/** Ports for servers that are restarted, so that addresses in flows stay true. */
interface Ports {
  /** A port on which nothing listens, and that no other process of these tests gets until this one ends or releases it. */
  claimPort(): Promise<number>;
  releasePort(port: number): Promise<void>;
}

export const { claimPort, releasePort }: Ports = require('../../scripts/lib/ports.mjs');
