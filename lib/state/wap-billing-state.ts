#!/usr/bin/env node
import '../node-version';
import { stateCommand } from './state-command';

void stateCommand(process.argv.slice(2), text => process.stdout.write(`${text}\n`), new Date()).then(code => {
  process.exitCode = code;
});
