/** Usage through each billing system that is known by name, against the same requests by plain `fetch`, in one run: its stand-in in this
 *  process answers both. `npx tsx bench/providers.ts [items]`. */
import { openBilling } from '../lib/billing/connection';
import type { UsageItem } from '../lib/billing/usage-port';
import { killbill } from '../test/stand-ins/killbill';
import { lago } from '../test/stand-ins/lago';
import { openmeter } from '../test/stand-ins/openmeter';
import { stripe } from '../test/stand-ins/stripe';
import { runStandIn, type StandInCall, type SystemModel, type SystemUnderTest } from '../test/stand-ins/system';
import { compile } from '../test/unit/billing/jsonata-compile';

const count = Number(process.argv[2] ?? 2000);
const rounds = 5;
const at = '2026-03-01T10:00:00.000Z';

interface Sent {
  path: string;
  headers: Record<string, string>;
  text: string;
}

/** Answers as its model does, and keeps what was sent while `kept` is a list. */
function watched(model: SystemModel): { model: SystemModel; record: Sent[] | null } {
  const watch: { model: SystemModel; record: Sent[] | null } = {
    record: null,
    model: {
      answer: (call: StandInCall) => {
        if (call.method !== 'GET' && watch.record)
          watch.record.push({
            path: `/${call.path.join('/')}`,
            headers: plainHeaders(call.headers),
            text: call.text,
          });
        return model.answer(call);
      },
      offers: () => model.offers(),
      subscriptions: () => model.subscriptions(),
      billed: () => model.billed(),
      doubles: () => model.doubles(),
    },
  };
  return watch;
}

const dropped = /^(host|connection|content-length|transfer-encoding|accept-encoding|idempotency-key)$/;
const plainHeaders = (headers: StandInCall['headers']) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.test(name))) as Record<string, string>;

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function measure(system: SystemUnderTest): Promise<string> {
  const watch = watched(system.model());
  const there = await runStandIn(watch.model, system.base);
  const billing = openBilling(
    { ...system.settings, http: { baseUrl: there.url, attemptTimeoutMs: 10_000, totalTimeoutMs: 30_000, retries: 1 } },
    { compile },
  );
  const rates = system.name === 'killbill' ? [] : [{ meter: 'cpu', unit: null, unitPrice: '0.01' }];
  const offer = { key: 'gold', name: 'Gold', kind: 'plan' as const, description: null, price: '1', rates, plan: {} };
  await billing.provider.ensureOffer(offer);
  await billing.provider.publishOffer('gold');
  const wanted = { key: 's', offerKey: 'gold', offerId: null, account: 'a@b.example', name: null, since: at };
  const { remoteId } = await billing.subscriptions.ensure(wanted);
  const { batch } = billing.usage.limits;
  const itemsOf = (round: number): UsageItem[] =>
    Array.from({ length: count }, (_, n) => ({
      ...{ key: `r${round}-${n}`, subscription: remoteId ?? '', wapSubscriptionId: 's', meter: 'cpu', unit: null },
      ...{ quantity: String(n + 1), startTime: at, endTime: at, adjustment: false, properties: {} },
    }));
  await billing.usage.send(itemsOf(-1).slice(0, 1));
  const ours: number[] = [];
  const plain: number[] = [];
  let begin = 0;
  for (let round = 0; round < rounds; round++) {
    const items = itemsOf(round);
    watch.record = [];
    let began = performance.now();
    for (let from = 0; from < items.length; from += batch) await billing.usage.send(items.slice(from, from + batch));
    ours.push(performance.now() - began);
    const sent = watch.record;
    watch.record = null;
    began = performance.now();
    for (const { path, headers, text } of sent) {
      const body = text.replaceAll(`r${round}-`, `p${round}-`);
      await (await fetch(there.url + path, { method: 'POST', headers, body })).text();
    }
    plain.push(performance.now() - began);
    if (round === 0) begin = process.memoryUsage.rss();
  }
  const grown = (process.memoryUsage.rss() - begin) / 1024 / 1024;
  billing.close();
  await there.close();
  const perSecond = (ms: number) => Math.round((count / ms) * 1000);
  const [mine, theirs] = [median(ours), median(plain)];
  const cells = [system.name, batch, perSecond(mine), perSecond(theirs), (theirs / mine).toFixed(2), grown.toFixed(0)];
  return `| ${cells.join(' | ')} |`;
}

async function main(): Promise<void> {
  console.log(`${count} quantities a round, medians of ${rounds} rounds, one call at a time\n`);
  console.log(
    '| system | in one call | ours a second | plain fetch a second | ratio | MB more after the first round |',
  );
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const system of [stripe, openmeter, lago, killbill]) console.log(await measure(system));
}

void main();
