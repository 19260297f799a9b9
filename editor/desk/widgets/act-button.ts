import { say } from '../../red';
import { confirmed, type Question } from './confirm';
import { button } from './note';

export interface ActOptions {
  text: string;
  icon: string;
  /** Why it cannot be done now; undefined when it can. */
  unless?: string | undefined;
  /** Asked before anything is done. */
  question?(): Promise<Question> | Question;
  /** Does it. @throws Refused */
  go(why: string): Promise<string | null>;
}

/** A button that does something: it asks where that is needed, is busy meanwhile, and says what came of it. What cannot
 *  be done stays visible, with the reason as its title. */
export function actButton({ text, icon, unless, question, go }: ActOptions): JQuery {
  const made = button(text, icon, () => void press());
  const isOff = unless !== undefined;
  made
    .attr('title', unless ?? text)
    .attr('aria-disabled', String(isOff))
    .toggleClass('disabled', isOff);
  const press = async () => {
    if (isOff) return void RED.notify(safe(unless), { type: 'warning' });
    if (made.hasClass('is-busy')) return;
    made.addClass('is-busy');
    try {
      const answer = question ? await confirmed(await question()) : '';
      if (answer === null) return;
      const said = await go(answer);
      if (said !== null) RED.notify(safe(said), { type: 'success' });
    } catch (error) {
      RED.notify(safe(error instanceof Error ? error.message : say('desk.error.failed', { status: '' })), {
        type: 'error',
      });
    } finally {
      made.removeClass('is-busy');
    }
  };
  return made;
}

/** Node-RED shows a notice as html, and names come from outside. */
const safe = (text: string): string => $('<span/>').text(text).html();
