import type { RunDetails, RunLine, StepLine } from '../../../../lib/desk/runs';
import { say } from '../../../red';
import { ask } from '../../client';
import { count, exactMoment, moment, span } from '../../widgets/format';
import { failure, note } from '../../widgets/note';
import { sentence } from './stands-at';

/** What was answered of each run: it stands there while it is asked for anew, however often the list is drawn meanwhile. */
export type KnownRuns = Map<string, RunDetails>;

/** The steps of a run one below the other, with what they waited for, how long they took and why they failed; and what the
 *  run has made so far. */
export function timeLine(state: string, { id }: RunLine, known: KnownRuns): JQuery {
  const before = known.get(id);
  const place = $('<div/>').append(before ? drawn(before) : note(say('desk.asking')));
  ask<RunDetails>(state, 'run', { id }).then(
    found => {
      known.set(id, found);
      place.empty().append(drawn(found));
    },
    error => place.empty().append(failure(error)),
  );
  return place;
}

function drawn({ steps, left }: RunDetails): JQuery[] {
  const line = $('<ol class="wap-billing-desk-steps"/>').append(steps.map(stepOf));
  if (left.length === 0) return [line];
  const things = left.map(thing => $('<li/>').text(say(`desk.runs.thing.${thing.kind}`, { ...thing })));
  return [line, $('<div/>').text(say('desk.runs.made')), $('<ul/>').append(things)];
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
