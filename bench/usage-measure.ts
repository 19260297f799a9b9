import { performance } from 'node:perf_hooks';
import { type Figures, watch } from './usage-probe.cjs';

/** What one way to read the records took. `cpuMicroseconds` are those of one record. */
export interface Measured extends Figures {
  perSecond: number;
}

/** Measures work that is done in this process. */
export async function measure(records: number, work: () => Promise<void>): Promise<Measured> {
  const end = watch();
  const begin = performance.now();
  await work();
  const seconds = (performance.now() - begin) / 1000;
  return ofRecords(records, seconds, end());
}

export function ofRecords(records: number, seconds: number, figures: Figures): Measured {
  return { ...figures, cpuMicroseconds: figures.cpuMicroseconds / records, perSecond: records / seconds };
}

/** The run with the median rate. */
export function median(runs: Measured[]): Measured {
  const sorted = [...runs].sort((a, b) => a.perSecond - b.perSecond);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (!middle) throw new Error('no run');
  return middle;
}
