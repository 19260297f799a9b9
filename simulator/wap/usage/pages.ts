const mostBytes = 64 * 1024 * 1024;

interface Kept {
  body: Buffer;
  /** Its first record's index: once that is deleted, the page is another one. */
  firstIndex: number;
}

/** Pages that were sent and will not change, so that a repeated run measures its client and not the simulator. */
export class PageCache {
  readonly #pages = new Map<string, Kept>();
  #bytes = 0;

  find(startId: number, batchSize: number, firstKept: number): Buffer | null {
    const page = this.#pages.get(`${startId}/${batchSize}`);
    return page && page.firstIndex >= firstKept ? page.body : null;
  }

  keep(startId: number, batchSize: number, firstIndex: number, body: Buffer): void {
    const key = `${startId}/${batchSize}`;
    this.#drop(key);
    this.#pages.set(key, { body, firstIndex });
    this.#bytes += body.length;
    for (const oldest of this.#pages.keys()) {
      if (this.#bytes <= mostBytes) break;
      this.#drop(oldest);
    }
  }

  clear(): void {
    this.#pages.clear();
    this.#bytes = 0;
  }

  #drop(key: string): void {
    const page = this.#pages.get(key);
    if (!page) return;
    this.#pages.delete(key);
    this.#bytes -= page.body.length;
  }
}
