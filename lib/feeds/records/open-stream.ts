import { SetBack } from '../../async/set-back';
import { AdapterError } from '../../errors';
import { streamById, type UsageStream } from '../../state/tables/usage-stream';
import type { RebuildMark } from './batch';
import { DuplicateIndex } from './duplicates';
import type { RecordFeedSettings, RecordOptions } from './options';
import { takeOver } from './take-over';

/** A replay: its name, its last id, and how it counts totals from nothing. */
export interface RecordReplay {
  run: string;
  toId: number | null;
  rebuild?: RebuildMark | null;
}

/** A stream that this instance has taken over. */
export interface OpenStream {
  id: number;
  epoch: number;
  index: DuplicateIndex;
  setBack: SetBack;
}

/** Takes a stream over from an earlier start, once; a failed start is tried again. */
export class StreamOwner {
  readonly #settings: RecordFeedSettings;
  readonly #options: RecordOptions;
  readonly #replay: RecordReplay | null;
  /** Set while, and once, the stream is taken over. */
  #opened: Promise<OpenStream> | undefined;

  constructor(settings: RecordFeedSettings, options: RecordOptions, replay: RecordReplay | null) {
    this.#settings = settings;
    this.#options = options;
    this.#replay = replay;
  }

  /** @throws WAP_… when its beginning has to be looked up and WAP does not answer; STATE_… */
  open(signal?: AbortSignal): Promise<OpenStream> {
    this.#opened ??= this.#takeOver(signal).catch(error => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  /** As the store has it now, with the epoch of this instance: one that was taken over can no longer write. */
  async current(signal?: AbortSignal): Promise<UsageStream> {
    const { id, epoch } = await this.open(signal);
    const stream = await this.#settings.store.transaction(tx => streamById(tx, id));
    if (!stream) throw new AdapterError('STATE_UNAVAILABLE', 'The cursor of the usage records is gone.');
    return { ...stream, epoch };
  }

  /** The stream with the next epoch, and with what the earlier start knew of duplicates. */
  async #takeOver(signal?: AbortSignal): Promise<OpenStream> {
    const { installation, reader: consumer, store } = this.#settings;
    const key = { installation, consumer, run: this.#replay?.run ?? '' };
    const at = { start: this.#options.start, toId: this.#replay?.toId ?? null };
    const stream = await takeOver(this.#settings, key, at, signal);
    const setBack = new SetBack();
    setBack.notices(Math.max(stream.newAt, stream.caughtUpAt ?? 0)); // the clock may have gone back while nobody was here
    const index = new DuplicateIndex(stream.id, stream.salt);
    await index.load(store);
    return { id: stream.id, epoch: stream.epoch, index, setBack };
  }
}
