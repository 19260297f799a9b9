import type { View } from '../view';
import { acts } from './acts';
import { deadLetters } from './dead-letters';
import { mapping } from './mapping';
import { overview } from './overview';
import { runs } from './runs';
import { usage } from './usage';
import { waiting } from './waiting';

/** The views in their order; a view is one file and one line here. */
export const views: readonly View[] = [overview, waiting, runs, deadLetters, mapping, usage, acts];
