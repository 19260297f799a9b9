/** For `mocha --require`: the whole suite through stores that run every transaction twice. */
import { runningTwice } from './rerun-store';
import { throughEveryStore } from './scratch';

throughEveryStore(runningTwice);
