import type { UsageRecord } from '../../wap/types';
import { singleToken } from '../token';
import type { RebuildMark, RecordBatch } from './batch';

/** What goes out for usage records: the properties of one message. */
export interface RecordMessage {
  topic: 'usage';
  payload: UsageRecord[] | UsageRecord;
  delivery: {
    feed: 'usage';
    token: string;
    firstId: number;
    lastId: number;
    count: number;
    /** Which time the batch is emitted, from 1. */
    attempt: number;
    /** With an EventId behind it, the key by which billing knows a repeat. */
    keyPrefix: string;
    /** Which replay it belongs to, if any. */
    replay?: string;
    /** That counts totals from nothing: of which records, and since when. */
    rebuild?: Omit<RebuildMark, 'run'>;
  };
  /** Of a record that is sent singly: its place in the batch, as the Join node understands it. */
  parts?: { id: string; type: 'array'; index: number; count: number };
}

/** A batch as one message with an array. */
export function batchMessage(batch: RecordBatch): RecordMessage {
  return { topic: 'usage', payload: batch.records, delivery: deliveryOf(batch) };
}

/** A batch as a message a record, each of which is acknowledged by itself. */
export function singleMessages(batch: RecordBatch): RecordMessage[] {
  const { records, token } = batch;
  return records.map((record, index) => {
    const id = record.EventId;
    const delivery = { ...deliveryOf(batch), token: singleToken(token, id), firstId: id, lastId: id, count: 1 };
    return {
      topic: 'usage',
      payload: record,
      delivery,
      parts: { id: token, type: 'array', index, count: records.length },
    };
  });
}

/** What the message carries to its acknowledgement; fields that say nothing are left out. */
function deliveryOf({ feed, token, firstId, lastId, count, attempt, keyPrefix, replay, rebuild }: RecordBatch) {
  const plain = { feed, token, firstId, lastId, count, attempt, keyPrefix, ...(replay === null ? {} : { replay }) };
  if (rebuild === null) return plain;
  const { run: _named, ...range } = rebuild;
  return { ...plain, rebuild: range };
}
