import { check } from './check';
import { addDesk, showDesk } from './desk/tab';
import { tour } from './desk/tour';
import { errorCodes } from './error-codes';
import { offer, secret, showFor, typed } from './fields';
import { meterRules, validMeterRules } from './meter/rules';
import { fileOf, hostOf } from './name-of';
import { offerMaker } from './offer-maker';
import { options } from './options';
import { findByWords } from './palette-words';
import { prepare } from './prepare';
import { localText, providerOptions } from './provider-options';
import { quotas } from './quotas/quotas';
import { isOurs } from './red';
import { rowOutputs } from './row-outputs';
import { warnOfStops } from './stops';
import { chosenWord, suggest } from './suggest';
import { table } from './table';
import { rowsIn } from './table-rows';
import { templates } from './templates';
import * as validators from './valid';
import { workflows } from './workflows';

/** What the dialogs of this package share; loaded before any of them, as a plugin of the editor. */
const valid = { ...validators, meterRules: validMeterRules };
const wapBilling = {
  valid,
  meterRules,
  typed,
  offer,
  offerMaker,
  secret,
  showFor,
  check,
  table,
  suggest,
  chosenWord,
  options,
  providerOptions,
  localText,
  templates,
  quotas,
  workflows,
  errorCodes,
  rowOutputs,
  rowsIn,
  showDesk,
  tour,
  hostOf,
  fileOf,
};

function begin(): void {
  Object.assign(window, { wapBilling });
  addDesk();
  warnOfStops();
  // Where the plugin comes late, nodes are registered already.
  RED.events.on('registry:node-type-added', prepareType);
  for (const type of RED.nodes.registry.getNodeTypes()) prepareType(type);
}

function prepareType(type: string): void {
  const definition = RED.nodes.getType(type);
  if (!definition || !isOurs(definition)) return;
  prepare(type, definition);
  findByWords(type);
}

// Installed into an open editor, this file comes twice: once by the first node that needs it, once by Node-RED.
if (!('wapBilling' in window)) begin();
