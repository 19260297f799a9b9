import { actsPart } from './acts';
import type { DeskPart } from './desk';
import { lettersPart } from './letters';
import { mappingPart } from './mapping';
import { overviewPart } from './overview';
import { runsPart } from './runs';
import { usagePart } from './usage';
import { waitingPart } from './waiting';

/** What each view of the desk asks and does; a view is one file and one line here. */
const parts: readonly DeskPart[] = [overviewPart, waitingPart, runsPart, lettersPart, mappingPart, usagePart, actsPart];

export const questions = joined(part => part.questions);
export const acts = joined(part => part.acts);
export const tables = joined(part => part.tables);

function joined<T>(of: (part: DeskPart) => Record<string, T> | undefined): ReadonlyMap<string, T> {
  return new Map(parts.flatMap(part => Object.entries(of(part) ?? {})));
}
