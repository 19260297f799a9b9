import type { RunLine } from '../../../../lib/desk/runs';
import { say } from '../../../red';
import { moment } from '../../widgets/format';

type Standing = RunLine['at'][number];

/** Where a run stands, in a sentence a branch; why it failed instead, if it did. */
export function standsAt({ at, failure, endedAt }: RunLine): JQuery {
  if (failure) return lines([say('desk.runs.failedAt', { step: failure.step, why: failure.message })]);
  if (endedAt !== null) return lines([say('desk.runs.endedAt', { at: moment(endedAt) })]);
  return lines(at.length === 0 ? [say('desk.runs.between')] : at.map(sentence));
}

/** What a step waits for, and until when. */
export function sentence({ label, intendedAt, waits }: Pick<Standing, 'label' | 'intendedAt' | 'waits'>): string {
  const until = waits === null || waits.until === null ? '' : moment(waits.until);
  if (waits?.for === 'propagation') return say('desk.runs.waitsForOffer', { step: label, name: waits.subject, until });
  if (waits?.for === 'retry') return say('desk.runs.triesAgain', { step: label, until, why: waits.subject });
  if (waits?.for === 'time') return say('desk.runs.waitsForTime', { step: label, until });
  if (waits?.for === 'runs') return say('desk.runs.waitsForRuns', { step: label, progress: waits.subject });
  if (waits?.for === 'branches') return say('desk.runs.waitsForBranches', { step: label, progress: waits.subject });
  if (waits?.for === 'answer')
    return say(until === '' ? 'desk.runs.waitsForAnswer' : 'desk.runs.waitsForAnswerUntil', {
      ...{ step: label, question: waits.subject, until },
    });
  return say('desk.runs.atStep', { step: label, since: moment(intendedAt) });
}

const lines = (texts: string[]): JQuery => $('<span/>').append(texts.map(text => $('<div/>').text(text)));
