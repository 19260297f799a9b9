/** `node -r tsx/cjs bench/usage-memory.ts <address> <sizes,…> <page size>`: a run in a process that did nothing before, which
 *  prints a row a size. */
import { memoryAt } from './usage-ours';

const [url = '', sizes = '', pageSize = ''] = process.argv.slice(2);

memoryAt(url, sizes.split(',').map(Number), Number(pageSize), ({ records, ...figures }) => {
  const { perSecond, residentMegabytes, storeMegabytes } = figures;
  const cells = [records, Math.round(perSecond), residentMegabytes.toFixed(1), storeMegabytes.toFixed(1)];
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}).then(
  () => process.exit(0),
  error => {
    process.stderr.write(`${error?.stack ?? error}\n`);
    process.exit(1);
  },
);
