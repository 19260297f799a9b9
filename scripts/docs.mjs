/** Writes docs/errors.md from the list of error codes; `--check` only says whether it is up to date. */
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

await run(async () => {
  const wanted = page(await errorCodes());
  const file = at('docs', 'errors.md');
  const given = existsSync(file) ? readFileSync(file, 'utf8').replaceAll('\r\n', '\n') : '';
  if (given === wanted) return;
  if (process.argv.includes('--check'))
    fail('docs/errors.md is not what lib/errors.ts says; run: node scripts/docs.mjs');
  writeFileSync(file, wanted);
});

async function errorCodes() {
  const { transform } = await import('esbuild');
  const { code } = await transform(readFileSync(at('lib', 'errors.ts'), 'utf8'), { loader: 'ts', format: 'esm' });
  const module = await import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
  return Object.entries(module.errorCodes);
}

function page(codes) {
  const isOf = prefix => code => code.startsWith(`${prefix}_`);
  const listed = prefix => codes.filter(([code]) => isOf(prefix)(code));
  const others = codes.filter(([code]) => !Object.keys(groups).some(prefix => isOf(prefix)(code)));
  return [
    '# Error codes',
    'Every failure of a node of this package reaches Catch nodes once, as `msg.error` with `message`, `code` and `cause`.',
    'The message names a field as the dialog does, in the language of the server; `cause.subject` has it as flow files do.',
    'This page is written by `node scripts/docs.mjs` from `lib/errors.ts`.',
    ...Object.entries(groups).flatMap(([prefix, title]) => [`## ${title}`, table(listed(prefix))]),
    ...(others.length > 0 ? ['## Any node', table(others)] : []),
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

function table(codes) {
  const rows = codes.map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return ['| code | meaning |', '| --- | --- |', ...rows].join('\n');
}
