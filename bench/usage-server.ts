import { createServer } from 'node:http';

/** A `/usage` that costs nearly nothing: pages are put together from ready texts, so that what is measured is the reader.
 *  Prints its port, and `done <query>` for `/done`. Argument: how many records there are. Ids are 1, 2, 3 …; one record a second of 2026. */
const total = Number(process.argv[2] ?? 100_000);
const pages = new Map<string, Buffer>();

createServer((request, response) => {
  const { pathname, search, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/done') {
    process.stdout.write(`done ${search.slice(1)}`.trimEnd().concat('\n'));
    return response.end();
  }
  const from = Math.max(1, Number(searchParams.get('startId')));
  const to = Math.min(total, from + Number(searchParams.get('batchSize')) - 1);
  const body = pageOf(from, to);
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', body.length);
  return response.end(body);
}).listen(0, '127.0.0.1', function listening(this: unknown) {
  const address = (this as { address(): { port: number } }).address();
  process.stdout.write(`${address.port}\n`);
});

/** The last pages are kept: every reader reads the same ones. */
function pageOf(from: number, to: number): Buffer {
  const key = `${from}-${to}`;
  const known = pages.get(key);
  if (known) return known;
  const records: string[] = [];
  for (let id = from; id <= to; id++) records.push(recordOf(id));
  const body = Buffer.from(`[${records.join(',')}]`);
  if (pages.size < 200) pages.set(key, body);
  return body;
}

/** Ten records a second since twenty days ago: nothing is so old that WAP would soon forget it. */
const begin = Math.floor(Date.now() / 3_600_000 - 20 * 24) * 3_600_000;

function recordOf(id: number): string {
  const at = new Date(begin + id * 100).toISOString().slice(0, 19);
  const hour = `${at.slice(0, 13)}:00:00`;
  const tail = id.toString(16).padStart(12, '0');
  const subscription = `7a1c2d3e-0000-4000-8000-${(id % 5000).toString(16).padStart(12, '0')}`;
  return (
    `{"EventId":${id},"ExternalRecordId":"${id * 7}","ResourceId":"CPUAllocationCount-Max","StartTime":"${hour}",` +
    `"EndTime":"${at}","ProviderName":"systemcenter","ServiceType":"VirtualMachine",` +
    `"SubscriptionId":"${subscription}","Properties":{"Subscriber":"${subscription}",` +
    `"Metered Service":"VM Utilization","VMName":"00000000-0000-4000-8000-${tail}"},"Resources":{"CPUAllocationCount":"4"}}`
  );
}
