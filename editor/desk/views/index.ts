import type { View } from '../view';
import { acts } from './acts';

/** The views in their order; a view is one file and one line here. */
export const views: readonly View[] = [acts];
