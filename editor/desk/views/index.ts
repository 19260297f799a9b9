import type { View } from '../view';
import { acts } from './acts';
import { deadLetters } from './dead-letters';
import { runs } from './runs';

/** The views in their order; a view is one file and one line here. */
export const views: readonly View[] = [runs, deadLetters, acts];
