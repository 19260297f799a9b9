import { Agent } from 'node:http';
import axios from 'axios';

/** The least there is: page after page, parsed and forgotten. */
export async function readRaw(url: string, records: number, pageSize: number): Promise<void> {
  const httpAgent = new Agent({ keepAlive: true });
  let seen = 0;
  for (let from = 0; ; ) {
    const address = `${url}/usage?startId=${from}&batchSize=${pageSize}`;
    const { data } = await axios.get<string>(address, {
      httpAgent,
      responseType: 'text',
      transformResponse: [text => text],
    });
    const page = JSON.parse(data) as Array<{ EventId: number }>;
    const last = page.at(-1);
    if (!last) break;
    seen += page.length;
    from = last.EventId + 1;
  }
  httpAgent.destroy();
  if (seen !== records) throw new Error(`${seen} of ${records} records came`);
}
