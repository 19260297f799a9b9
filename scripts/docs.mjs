/** Writes docs/errors.md from the list of error codes and the texts of the editor; `--check` only says whether it is up to date. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { at } from './lib/paths.mjs';
import { fail, run } from './lib/say.mjs';

const groups = {
  INPUT: 'Values given to a node',
  WAP: 'Windows Azure Pack',
  BILLING: 'The billing system',
  STATE: 'The state store',
  CALL: 'Calls from WAP',
};

const overview = '*Overview*: the line of the connection says whether it answers now';
const runAgain = '*Runs*: *Resume* the run, once that is done';
const sendAgain = `${runAgain}; *Dead letters*: *Send again*, for usage and events`;
const runAnew = '*Runs*: *Restart* the run, or *Cancel* it';
const mapping = '*Mapping*: search the entry, *Edit* or *Remove* it';

/** What of the sidebar “WAP billing” helps, by code. */
const desk = {
  INPUT_MISSING: runAgain,
  INPUT_INVALID: runAgain,
  INPUT_CONFIG: runAgain,
  INTERNAL: runAgain,
  ABORTED: runAgain,
  WAP_INPUT: runAgain,
  WAP_AUTH: overview,
  WAP_FORBIDDEN: runAgain,
  WAP_NOT_FOUND: runAgain,
  WAP_CONFLICT: runAnew,
  WAP_RATE: runAgain,
  WAP_SERVER: overview,
  WAP_TIMEOUT: overview,
  WAP_NETWORK: overview,
  WAP_TLS: overview,
  WAP_BAD_RESPONSE: runAgain,
  WAP_WENT_BACK:
    '*Overview*: the line of the reader says from which id on; *Begin anew…* takes that id, or a time from before the restore',
  WAP_CLONE_DIFFERS: runAnew,
  WAP_REFUSED: runAgain,
  BILLING_INPUT: sendAgain,
  BILLING_AUTH: overview,
  BILLING_NOT_FOUND: sendAgain,
  BILLING_CONFLICT: sendAgain,
  BILLING_OFFER_DIFFERS: runAnew,
  BILLING_RATE: sendAgain,
  BILLING_SERVER: overview,
  BILLING_TIMEOUT: overview,
  BILLING_NETWORK: overview,
  BILLING_TLS: overview,
  BILLING_BAD_RESPONSE: sendAgain,
  BILLING_TEMPLATE: sendAgain,
  STATE_CONFLICT: mapping,
  STATE_NOT_FOUND: '*Runs*, *Dead letters* or *Mapping*: search what is there',
  STATE_IMPORT: '*Mapping*: *Import* shows what each line would do before anything is changed',
  STATE_STEP_CHANGED: runAnew,
  STATE_RUN_ENDED: '*Runs*: how the run ended',
  STATE_RUNS_MIXED: runAnew,
};

await run(async () => {
  const wanted = page(await errorCodes());
  const file = at('docs', 'errors.md');
  const given = existsSync(file) ? readFileSync(file, 'utf8').replaceAll('\r\n', '\n') : '';
  if (given === wanted) return;
  if (process.argv.includes('--check'))
    fail('docs/errors.md is not what lib/errors.ts and the texts say; run: node scripts/docs.mjs');
  writeFileSync(file, wanted);
});

async function errorCodes() {
  const { transform } = await import('esbuild');
  const { code } = await transform(readFileSync(at('lib', 'errors.ts'), 'utf8'), { loader: 'ts', format: 'esm' });
  const module = await import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
  return Object.entries(module.errorCodes);
}

function page(codes) {
  const texts = JSON.parse(readFileSync(at('editor', 'locales', 'en-US', 'wap-billing.json'), 'utf8'));
  const isOf =
    prefix =>
    ([code]) =>
      code.startsWith(`${prefix}_`);
  const others = codes.filter(entry => !Object.keys(groups).some(prefix => isOf(prefix)(entry)));
  const sections = entries => entries.map(entry => section(entry, texts));
  return [
    '# Error codes',
    'Every failure of a node of this package reaches Catch nodes once, as `msg.error` with `message`, `code` and `cause`.',
    'The message says first what happened, in the words of WAP or billing where they said any, and ends with what to do. It names ' +
      'a field as the dialog does, in the language of the server; `cause.subject` has it as flow files do. `cause.help` is the ' +
      'address of the code on this page. The status under the node says it in two or three words.',
    'By symptom, with the clicks that help: [operations.md](operations.md).',
    'This page is written by `node scripts/docs.mjs` from `lib/errors.ts` and the texts of the editor.',
    ...Object.entries(groups).flatMap(([prefix, title]) => [`## ${title}`, ...sections(codes.filter(isOf(prefix)))]),
    ...(others.length > 0 ? ['## Any node', ...sections(others)] : []),
  ]
    .join('\n\n')
    .concat('\n');
}

/** Its heading is where `cause.help` leads. */
function section([code, meaning], { failed, remedy }) {
  const lines = [`${meaning} Status: *${failed[code]}*.`, '', `- What to do: ${remedy[code]}`];
  if (desk[code]) lines.push(`- The sidebar “WAP billing”: ${desk[code]}.`);
  return [`### ${code}`, '', ...lines].join('\n');
}
