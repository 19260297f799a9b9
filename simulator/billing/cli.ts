import { parseArgs } from 'node:util';
import { delay, delayRule, exportLines, given, port, runSimulator, tlsFiles, UsageError, whole } from '../command-line';
import { demoSeed } from './demo-seed';
import { startBillingSimulator } from './server';
import type { UsageIntakeOptions } from './usage-options';

const help = `Simulates a billing system on 127.0.0.1: an offer catalogue and a usage API.

Usage: billing-simulator [options]

  --port <n>                       API and web page (default 30100; 0 picks a free port)
  --token <text>                   the bearer token (default: BILLING_TOKEN, or random)
  --offer-delay <regex>=<ms|never> delay until offers with a matching name show; may be repeated, the first
                                   match wins
  --default-delay <ms|never>       the delay for all other offers (default 0)
  --ledger <full|digest>           keep every usage record (default), or only ids and sums, for millions of records
  --usage-batch <n>                most usage records in one call (default 1000)
  --usage-known                    reject usage of unknown subscriptions
  --meter <name>                   a known meter; may be repeated, all others are rejected (default: any)
  --dedupe-window <s>              how long a usage record's id is recognised as a duplicate (default: for ever)
  --rate-limit <n>                 usage calls a second; further calls get 429 (default: no limit)
  --demo                           start with the offers for the plans of wap-simulator --demo
  --state <file>                   keep everything in this file; read at the start if it exists
  --seed <n>                       seed for random ids (default 1)
  --tls-key <file>                 serve HTTPS with this key (PEM); requires --tls-cert <file>
  --quiet                          print only the address and settings
  --help                           print this help
`;

void runSimulator(async () => {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      port: text,
      token: text,
      'offer-delay': { type: 'string', multiple: true },
      'default-delay': text,
      ledger: text,
      'usage-batch': text,
      'usage-known': { type: 'boolean' },
      meter: { type: 'string', multiple: true },
      'dedupe-window': text,
      'rate-limit': text,
      demo: { type: 'boolean' },
      state: text,
      seed: text,
      'tls-key': text,
      'tls-cert': text,
      quiet: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return null;
  }
  const billing = await startBillingSimulator(
    given({
      port: port(values, 'port'),
      token: values.token ?? process.env.BILLING_TOKEN,
      rules: (values['offer-delay'] ?? []).map(delayRule),
      offerDelayMs: values['default-delay'] === undefined ? undefined : delay(values['default-delay']),
      usage: intake(values),
      seed: whole(values, 'seed'),
      stateFile: values.state,
      tls: tlsFiles(values['tls-key'], values['tls-cert']),
    }),
  );
  if (values.demo && billing.state.offers.length === 0) billing.seed(demoSeed);
  if (!values.quiet) process.stdout.write(`A simulated billing system is running. Watch it at ${billing.url}/\n\n`);
  process.stdout.write(exportLines({ BILLING_URL: billing.url, BILLING_TOKEN: billing.token }));
  if (!values.quiet) process.stdout.write('\nPress Ctrl-C to stop it.\n');
  return billing;
});

function intake(values: Record<string, unknown>): UsageIntakeOptions {
  const { meter } = values;
  const windowS = whole(values, 'dedupe-window');
  const calls = whole(values, 'rate-limit');
  return given({
    ledger: ledgerKind(values.ledger),
    batch: whole(values, 'usage-batch'),
    subscriptions: values['usage-known'] === true ? ('known' as const) : undefined,
    meters: Array.isArray(meter) ? meter.map(String) : undefined,
    dedupeWindowMs: windowS === undefined ? undefined : windowS * 1000,
    rateLimit: calls === undefined ? undefined : { calls, perMs: 1000 },
  });
}

function ledgerKind(text: unknown): 'full' | 'digest' | undefined {
  if (text === undefined || text === 'full' || text === 'digest') return text;
  throw new UsageError('--ledger must be full or digest.');
}
