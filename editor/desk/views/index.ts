import type { View } from '../view';
import { acts } from './acts';
import { deadLetters } from './dead-letters';

/** The views in their order; a view is one file and one line here. */
export const views: readonly View[] = [deadLetters, acts];
