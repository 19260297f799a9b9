import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { delay, exportLines, given, port, runSimulator, share, tlsFiles, UsageError, whole } from '../command-line';
import { isObject } from '../json-body';
import { randomSecret } from '../secret';
import type { WapSeed, WapSimulator } from './options';
import { demoSeed } from './seed/demo';
import { readSeed } from './seed/read';
import { startWapSimulator } from './server';
import type { ApprovalSubscriber } from './tenants/approval-options';
import type { UsagePlan } from './usage/options';

const help = `Simulates a Windows Azure Pack on 127.0.0.1: admin API, usage API and token sites.

Usage: wap-simulator [options]

  --admin-port <n>        admin API and web page (default 30004; 0 picks a free port)
  --usage-port <n>        usage API (default 30022)
  --sts-port <n>          token site for user name and password (default 30071)
  --windows-port <n>      token site for Windows accounts, NTLM (default 30072)
  --user <name>           for the token sites (default: WAP_USER, or admin)
  --password <text>       for the token sites (default: WAP_PASSWORD, or random)
  --usage-user <name>     for the usage API (default: WAP_USAGE_USER, or UsageClient)
  --usage-password <text> for the usage API (default: WAP_USAGE_PASSWORD, or random)
  --token <text>          a fixed token that the admin API accepts (default: WAP_TOKEN; random for
                          --sts-kind bearer)
  --sts-kind <kind>       the kind of settings to print: usernamemixed (default), windows or bearer
  --token-life <s>        how long a token is valid (default 28800)
  --quota-sync <ms>       how long quotas take to synchronise (default 1000)
  --subscription-delete <ms|never>
                          how long a deleted subscription stays DeletePending (default 1000)
  --approval-endpoint <url>
                          ask this adapter before tenants subscribe or buy (type billing); may be repeated; the
                          first one is also asked for prices
  --approval-user <name>  user for Basic authentication there (default: WAP_APPROVAL_USER)
  --approval-password <text>
                          password for Basic authentication there (default: WAP_APPROVAL_PASSWORD)
  --approval-timeout <s>  how long WAP waits for an answer (default 120)
  --subscriptions <n>     start with this many subscriptions, spread over the plans
  --usage <n>             start with this many usage records, generated when they are read
  --usage-rate <n>        usage records that appear each minute (default: all at once)
  --usage-late <share>    the share of them (0 to 1) that appears a minute late, below ids already read (default 0)
  --usage-odd <share>     the share of them with an odd value: NaN, negative, empty (default 0.002)
  --retention-days <n>    age at which usage records are deleted (default 40)
  --hide-pending          hide an event that waits for approval until it is decided
  --demo                  start with sample plans, add-ons, subscriptions and usage
  --add-service <verb>    the verb to add a service to a plan: POST (default) or PUT
  --state <file>          keep everything in this file; read at the start if it exists
  --data <file>           JSON with initial plans, addons and subscriptions; ignored if there is a state already
  --seed <n>              seed for random ids and gaps (default 1)
  --tls-key <file>        serve HTTPS with this key (PEM); requires --tls-cert <file>
  --quiet                 print only the addresses and settings
  --help                  print this help
`;

const stsKinds = ['usernamemixed', 'windows', 'bearer'];

void runSimulator(async () => {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      'admin-port': text,
      'usage-port': text,
      'sts-port': text,
      'windows-port': text,
      user: text,
      password: text,
      'usage-user': text,
      'usage-password': text,
      token: text,
      'sts-kind': text,
      'token-life': text,
      'quota-sync': text,
      'subscription-delete': text,
      'approval-endpoint': { type: 'string', multiple: true },
      'approval-user': text,
      'approval-password': text,
      'approval-timeout': text,
      subscriptions: text,
      usage: text,
      'usage-rate': text,
      'usage-late': text,
      'usage-odd': text,
      'retention-days': text,
      'hide-pending': { type: 'boolean' },
      demo: { type: 'boolean' },
      'add-service': text,
      state: text,
      data: text,
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
  const stsKind = values['sts-kind'] ?? 'usernamemixed';
  if (!stsKinds.includes(stsKind)) throw new UsageError(`--sts-kind must be one of ${stsKinds.join(', ')}.`);
  const lifeS = whole(values, 'token-life');
  const timeoutS = whole(values, 'approval-timeout');
  const herd = whole(values, 'subscriptions');
  const usage = usagePlan(values);
  const wap = await startWapSimulator(
    given({
      ports: given({
        admin: port(values, 'admin-port'),
        usage: port(values, 'usage-port'),
        sts: port(values, 'sts-port'),
        windows: port(values, 'windows-port'),
      }),
      user: values.user ?? process.env.WAP_USER,
      password: values.password ?? process.env.WAP_PASSWORD,
      usageUser: values['usage-user'] ?? process.env.WAP_USAGE_USER,
      usagePassword: values['usage-password'] ?? process.env.WAP_USAGE_PASSWORD,
      token: values.token ?? process.env.WAP_TOKEN ?? (stsKind === 'bearer' ? randomSecret() : undefined),
      tokenLifeMs: lifeS === undefined ? undefined : lifeS * 1000,
      quotaSyncMs: whole(values, 'quota-sync'),
      subscriptionDeleteMs:
        values['subscription-delete'] === undefined ? undefined : delay(values['subscription-delete']),
      approvalTimeoutMs: timeoutS === undefined ? undefined : timeoutS * 1000,
      subscribers: approvers(values),
      retentionDays: whole(values, 'retention-days'),
      hidePending: values['hide-pending'],
      addServiceVerb: addServiceVerb(values['add-service']),
      seed: whole(values, 'seed'),
      stateFile: values.state,
      tls: tlsFiles(values['tls-key'], values['tls-cert']),
    }),
  );
  if (wap.isEmpty) {
    if (values.demo) wap.seed(demoSeed);
    if (values.data !== undefined) wap.seed(seedFile(values.data));
    wap.seed({ ...(herd === undefined ? {} : { herd: { count: herd } }), ...(usage ? { usage } : {}) });
  }
  if (!values.quiet) process.stdout.write(`A simulated WAP is running. Watch it at ${wap.adminUrl}/\n\n`);
  process.stdout.write(exportLines(settings(wap, stsKind)));
  if (!values.quiet) process.stdout.write('\nPress Ctrl-C to stop it.\n');
  return wap;
});

function settings(wap: WapSimulator, stsKind: string): Record<string, string> {
  const { user, password, usageUser, usagePassword, token } = wap.credentials;
  return {
    WAP_ADMIN_URL: wap.adminUrl,
    WAP_USAGE_URL: wap.usageUrl,
    WAP_STS_URL: stsKind === 'windows' ? wap.windowsUrl : wap.stsUrl,
    WAP_STS_KIND: stsKind,
    WAP_USER: user,
    WAP_PASSWORD: password,
    ...(token === null ? {} : { WAP_TOKEN: token }),
    WAP_USAGE_USER: usageUser,
    WAP_USAGE_PASSWORD: usagePassword,
  };
}

function approvers(values: Record<string, unknown>): ApprovalSubscriber[] {
  const endpoints = values['approval-endpoint'];
  if (!Array.isArray(endpoints)) return [];
  const user = values['approval-user'] ?? process.env.WAP_APPROVAL_USER;
  const password = values['approval-password'] ?? process.env.WAP_APPROVAL_PASSWORD;
  return endpoints.map((endpoint: unknown, index) => ({
    name: `adapter-${index + 1}`,
    endpoint: String(endpoint),
    type: 'billing',
    ...(typeof user === 'string' ? { user } : {}),
    ...(typeof password === 'string' ? { password } : {}),
  }));
}

function usagePlan(values: Record<string, unknown>): UsagePlan | undefined {
  const count = whole(values, 'usage');
  if (count === undefined) return undefined;
  return {
    count,
    ...given({
      seed: whole(values, 'seed'),
      perMinute: whole(values, 'usage-rate'),
      lateShare: share(values, 'usage-late'),
      oddShare: share(values, 'usage-odd'),
    }),
  };
}

function addServiceVerb(text: string | undefined): 'POST' | 'PUT' | undefined {
  if (text === undefined || text === 'POST' || text === 'PUT') return text;
  throw new UsageError('--add-service must be POST or PUT.');
}

function seedFile(file: string): WapSeed {
  const content = json(readFileSync(file, 'utf8'));
  if (!isObject(content)) throw new UsageError(`${file} must hold a JSON object.`);
  return readSeed(content);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
