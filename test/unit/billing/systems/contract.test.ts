import { systemContract } from '../../../contract/system';
import { killbill } from '../../../stand-ins/killbill';
import { lago } from '../../../stand-ins/lago';
import { openmeter } from '../../../stand-ins/openmeter';
import { stripe } from '../../../stand-ins/stripe';

systemContract(stripe);
systemContract(openmeter, { suspend: true });
systemContract(lago, { drafts: true, suspend: true });
systemContract(killbill, { drafts: true, retire: true, rates: true, fractions: true });
