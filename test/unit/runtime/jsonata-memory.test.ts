import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { repository } from '../../harness/repository';

/** Each step holds what all the steps before it hold. */
const growing = '($f := function($a){ $f({"before": $a, "more": [1..1000]}) }; $f(0))';
const program = `
  const jsonata = require('jsonata');
  const { prepareGuarded, withGuard } = require('./runtime/node/jsonata');
  const RED = { util: { prepareJSONataExpression: text => jsonata(text) } };
  prepareGuarded(RED, process.argv[1], {}).evaluate({}, withGuard()).catch(error => console.log(error.message));`;

describe('an expression that holds more and more', () => {
  it('is ended before the process is', () => {
    const args = ['--max-old-space-size=200', '--require', 'tsx/cjs', '--eval', program, growing];
    const said = execFileSync(process.execPath, args, { cwd: repository, encoding: 'utf8' });
    assert.match(said, /nearly all of the memory/);
  });
});
