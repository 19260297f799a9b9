import type { LetterJob } from '../../../lib/desk/letter-jobs';
import { say } from '../../red';
import { act, ask } from '../client';
import { actButton } from '../widgets/act-button';
import { count, moment } from '../widgets/format';

/** What ended so long ago is only in the history. */
const shownMs = 10 * 60_000;
const mostShown = 3;

/** What is being done to many letters, with how far it has come; it goes on without this page. */
export function letterJobLines({ state, mayAct }: { state: string; mayAct: boolean }) {
  const element = $('<div class="wap-billing-desk-jobs" role="status"/>').attr('aria-label', say('desk.letters.jobs'));
  const read = async () => {
    const jobs = await ask<LetterJob[]>(state, 'letterJobs');
    const shown = jobs.filter(({ endedAt }) => endedAt === null || endedAt > Date.now() - shownMs).slice(0, mostShown);
    const text = JSON.stringify(shown);
    if (element.attr('data-shown') === text) return;
    element.attr('data-shown', text).empty().append(shown.map(line));
  };
  const line = (job: LetterJob) => {
    const made = $('<div class="wap-billing-desk-acts"/>').append($('<span/>').text(textOf(job)));
    const stop = () =>
      actButton({
        text: say('desk.letters.stop'),
        icon: 'fa-stop',
        unless: mayAct ? undefined : say('desk.reader'),
        go: async () => {
          await act(state, 'stopLetterJob', { id: job.id });
          await read();
          return null;
        },
      });
    return job.state === 'running' ? made.append(stop()) : made;
  };
  return { element, read };
}

function textOf({ act: what, state, done, passed, isHeldUp, startedAt, by }: LetterJob): string {
  const who = by === '' ? '' : ` (${by})`;
  const name = `${say(`desk.letters.job.${what}`)}, ${moment(startedAt)}${who}`;
  const parts = [say(`desk.letters.job.${state}`, { count: count(done) })];
  if (passed > 0) parts.push(say('desk.letters.passed', { count: count(passed) }));
  if (isHeldUp) parts.push(say('desk.letters.heldUp'));
  return `${name}: ${parts.join(' ')}`;
}
