import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { repository } from '../../harness/repository';

const program = `
  const jsonata = require('jsonata');
  const { prepareGuarded, withGuard } = require('./runtime/node/jsonata');
  const RED = { util: { prepareJSONataExpression: text => jsonata(text) } };
  prepareGuarded(RED, process.argv[1], {}).evaluate({}, withGuard()).catch(error => console.log(error.message));`;

/** What an expression that never ends is ended with, where V8 may take 200 MB. */
const endOf = (expression: string): string =>
  execFileSync(process.execPath, ['--max-old-space-size=200', '--require', 'tsx/cjs', '--eval', program, expression], {
    cwd: repository,
    encoding: 'utf8',
  });

describe('the memory of an expression', () => {
  it('ends it when each step holds what all the steps before it hold, before the process runs out of it', () =>
    assert.match(
      endOf('($f := function($a){ $f({"before": $a, "more": [1..1000]}) }; $f(0))'),
      /takes more than \d+ MiB of memory/,
    ));

  it('does not end it for what is thrown away at once', () =>
    assert.match(endOf('($f := function($a){ $f([1..1000]) }; $f(0))'), /worked for more than 5 s/)).timeout(60_000);
});
