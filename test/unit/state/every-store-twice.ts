import { runningTwice } from './rerun-store';
import { throughEveryStore } from './scratch';

throughEveryStore(runningTwice);
