import { check } from './check';
import { secret, showFor, typed } from './fields';
import { meterRules, validMeterRules } from './meter-rules';
import { options } from './options';
import { chosenWord, suggest } from './suggest';
import { table } from './table';
import { templates } from './templates';
import * as validators from './valid';

/** What the dialogs of this package share; loaded before any of them, as a plugin of the editor. */
const valid = { ...validators, meterRules: validMeterRules };
const wapBilling = { valid, meterRules, typed, secret, showFor, check, table, suggest, chosenWord, options, templates };

Object.assign(window, { wapBilling });
