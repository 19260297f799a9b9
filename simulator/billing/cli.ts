import { parseArgs } from 'node:util';
import { delay, delayRule, exportLines, given, port, runSimulator, tlsFiles, whole } from '../command-line';
import { startBillingSimulator } from './server';

const help = `Simulates a billing system on 127.0.0.1: a catalogue of offers and an intake of usage records.

Usage: billing-simulator [options]

  --port <n>                       API and the page to watch (default 30100; 0 takes a free port)
  --token <text>                   the bearer token (default: BILLING_TOKEN, or made at random)
  --offer-delay <regex>=<ms|never> offers whose name fits show that much later; may be repeated, the first that
                                   fits decides
  --default-delay <ms|never>       for all other offers (default 0)
  --state <file>                   keep everything in this file; it is read at the start when it exists
  --seed <n>                       seed of the random ids (default 1)
  --tls-key <file>                 serve HTTPS with this key (PEM), together with --tls-cert <file>
  --quiet                          print the address and settings only
  --help                           print this
`;

void runSimulator(async () => {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      port: text,
      token: text,
      'offer-delay': { type: 'string', multiple: true },
      'default-delay': text,
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
      seed: whole(values, 'seed'),
      stateFile: values.state,
      tls: tlsFiles(values['tls-key'], values['tls-cert']),
    }),
  );
  if (!values.quiet) process.stdout.write(`A simulated billing system is running. Watch it at ${billing.url}/\n\n`);
  process.stdout.write(exportLines({ BILLING_URL: billing.url, BILLING_TOKEN: billing.token }));
  if (!values.quiet) process.stdout.write('\nPress Ctrl-C to end it.\n');
  return billing;
});
