import { losingFirstCommit } from './rerun-store';
import { throughEveryStore } from './scratch';

throughEveryStore(losingFirstCommit);
