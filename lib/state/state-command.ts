import { resolve } from 'node:path';
import { checkState, restoreState } from './sqlite/restore';

const help = `Looks after the state file of @wap-billing/node-red-wap-billing. Stop Node-RED first.

Usage: wap-billing-state check <file>
       wap-billing-state restore <backup> <file>

  check    says whether a state file is whole, with what a crash left beside it
  restore  puts a copy of the backup in the place of the file once it was found whole; what was there, its log included,
           is kept under another name
`;

/** The command `wap-billing-state`: `args` are its words after the name, `say` prints a line, `now` names the copy that is kept.
 *  Answers the exit code: 0 done, 1 failed (the sentence was said), 2 wrong usage. Never rejects. */
export async function stateCommand(args: readonly string[], say: (text: string) => void, now: Date): Promise<number> {
  const [command, ...files] = args;
  const [first = '', second = ''] = files.map(file => resolve(file));
  try {
    if (command === 'check' && files.length === 1) {
      await checkState(first);
      say(`${first} is whole.`);
    } else if (command === 'restore' && files.length === 2) {
      const kept = await restoreState(first, second, now);
      say(`${second} is the backup now.${kept.length > 0 ? ` What was there is kept: ${kept.join(', ')}` : ''}`);
    } else {
      say(help);
      return command === '--help' ? 0 : 2;
    }
    return 0;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return 1;
  }
}
