/** Something opened for the nodes that use a configuration node, and closed when the last of them has gone. */
export interface Closable {
  close(): Promise<void> | void;
}

export interface SharedHandle<H> {
  acquire(): Promise<H>;
  release(): void;
  /** Uses it where others do, without opening it for this. */
  whileUsed(use: (handle: H) => Promise<void>): Promise<void>;
  /** Resolves when nobody uses the handle any more and it is closed. */
  drained(): Promise<void>;
}

export function shareHandle<H extends Closable>(open: () => Promise<H>): SharedHandle<H> {
  let users = 0;
  let opening: Promise<H> | null = null;
  let closing: Promise<void> = Promise.resolve();
  const waiting: Array<() => void> = [];

  const leave = () => {
    users -= 1;
    if (users > 0) return;
    const last = opening;
    opening = null;
    closing = Promise.resolve(last)
      .then(handle => handle?.close())
      .catch(() => undefined); // a handle that never opened was reported to whoever asked for it
    for (const resolve of waiting.splice(0)) resolve();
  };

  const acquire = async () => {
    users += 1;
    try {
      await closing;
      opening ??= open();
      return await opening;
    } catch (error) {
      leave();
      opening = null; // the next user tries again
      throw error;
    }
  };

  return {
    acquire,
    release: leave,
    async whileUsed(use) {
      if (users === 0) return;
      const handle = await acquire();
      try {
        await use(handle);
      } finally {
        leave();
      }
    },
    async drained() {
      if (users > 0) await new Promise<void>(resolve => waiting.push(resolve));
      await closing;
    },
  };
}
