import type { RunDetails, RunLine, StepLine } from '../../../../lib/desk/runs';
import { say } from '../../../red';
import { ask } from '../../client';
import { count, exactMoment, moment, span } from '../../widgets/format';
import { failure, note } from '../../widgets/note';
import { sentence } from './stands-at';

/** The steps of a run one below the other, with what they waited for, how long they took and why they failed; and what the
 *  run has made so far. */
export function timeLine(state: string, { id }: RunLine): JQuery {
  const place = $('<div/>').append(note(say('desk.asking')));
  ask<RunDetails>(state, 'run', { id }).then(
    ({ steps, left }) => {
      const things = left.map(thing => $('<li/>').text(say(`desk.runs.thing.${thing.kind}`, { ...thing })));
      place.empty().append($('<ol class="wap-billing-desk-steps"/>').append(steps.map(stepOf)));
      if (things.length > 0) place.append($('<div/>').text(say('desk.runs.made')), $('<ul/>').append(things));
    },
    error => place.empty().append(failure(error)),
  );
  return place;
}

function stepOf(step: StepLine): JQuery {
  const { label, state, intendedAt, concludedAt, attempts, failure: why } = step;
  const took = concludedAt === null ? '' : span(concludedAt - intendedAt);
  const tries = attempts > 1 ? say('desk.runs.attempts', { count: count(attempts) }) : '';
  const facts = [say(`desk.runs.stepState.${state}`), took, tries].filter(Boolean).join(' · ');
  const item = $('<li/>').attr('data-look', state);
  $('<time/>').attr('title', exactMoment(intendedAt)).text(moment(intendedAt)).appendTo(item);
  item.append(' ', $('<b/>').text(label), ' ', $('<span class="wap-billing-desk-small"/>').text(facts));
  if (state === 'intended' && step.waits) $('<div/>').text(sentence(step)).appendTo(item);
  const { answer } = step;
  if (answer)
    $('<div/>')
      .text(say('desk.runs.answered', { ...answer, by: answer.by || say('desk.acts.nobody') }))
      .appendTo(item);
  if (why) $('<div class="wap-billing-failed"/>').text(why).appendTo(item);
  return item;
}
