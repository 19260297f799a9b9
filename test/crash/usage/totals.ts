import type { Page } from '../../../lib/desk/page';
import type { UsageReader, UsageRow } from '../../../lib/desk/usage';

/** Totals as the desk of a Node-RED shows them, by subscription in billing, meter and day. */
export async function totalsAtDesk(url: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const [state] = await asked<Array<{ id: string }>>(`${url}/wap-billing/desk`);
  const desk = `${url}/wap-billing/desk/${state?.id}`;
  for (const { installation, target } of await asked<UsageReader[]>(`${desk}/usageReaders`)) {
    for (let after: string | null = ''; after !== null; ) {
      const query = new URLSearchParams({ installation, target, after, limit: '200' });
      const { rows, next }: Page<UsageRow> = await asked(`${desk}/usageTenants?${query}`);
      for (const { subscription, meter, period, quantity } of rows)
        found.set(`b-${subscription}/${meter}/${period}`, quantity);
      after = next;
    }
  }
  return found;
}

async function asked<T>(address: string): Promise<T> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}: ${await answer.text()}`);
  return answer.json() as Promise<T>;
}
