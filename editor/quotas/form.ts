import type { ServiceQuota } from '../../lib/wap/types';
import { say } from '../red';
import { editionServices, editionsEditor, editionsKey, isEditions } from './editions';
import { rawEditor } from './raw-setting';
import { readChanges, type ServiceChange, writeChanges } from './saved';
import type { Setting, SettingEditor } from './setting-editor';
import { vmLimitsEditor, vmShape } from './vm-limits';

/** What WAP says of a service in a plan. */
export type PresentService = Pick<
  ServiceQuota,
  'ServiceName' | 'ServiceInstanceId' | 'ServiceDisplayName' | 'Settings'
>;

/** A service in the form. */
interface Service {
  name: string;
  /** Only where several instances of it have to be told apart. */
  instanceId: string;
  title: string;
  present: PresentService | undefined;
  change: ServiceChange | undefined;
}

/** What the form is drawn from. */
interface Drawn {
  /** As it was saved. */
  saved: string;
  /** The services that the plan shown has; empty where none is shown. */
  present: PresentService[];
  /** Names of services without settings yet. */
  others: string[];
  changed(saved: string): void;
}

/** Draws the quotas of each service as fields. Only what is filled in is saved, and everything else of the plan stays.
 *  Answers whether the saved text can be shown; where it cannot, nothing is drawn and it stays as it is. */
export function drawQuotas(host: JQuery, { saved, present, others, changed }: Drawn): boolean {
  host.empty();
  const changes = readChanges(saved);
  if (changes === null) return false;
  const services = servicesOf(present, changes, others);
  const parts = services.map(service => partOf(service, () => changed(writeChanges(parts.map(each => each.change())))));
  host.append(parts.map(({ element }) => element));
  return true;
}

interface ServicePart {
  element: JQuery;
  change(): ServiceChange;
}

function partOf(service: Service, changed: () => void): ServicePart {
  const { name, instanceId, title, present, change } = service;
  const element = $('<fieldset class="wap-billing-quota-service"/>').attr('data-service', name);
  $('<legend/>').text(title).appendTo(element);
  const editors = new Map<string, SettingEditor>();
  const rows = $('<div/>').appendTo(element);
  const textAt = (settings: PresentService['Settings'] | undefined, key: string) =>
    settings?.find(({ Key }) => Key === key)?.Value;
  const put = (key: string) => {
    const setting = {
      service: name,
      key,
      present: textAt(present?.Settings, key),
      change: textAt(change?.Settings, key),
    };
    const editor = editorOf({ ...setting, changed });
    editors.set(key, editor);
    const row = $('<div class="wap-billing-quota-setting"/>').attr('data-setting', key).appendTo(rows);
    $('<div class="wap-billing-quota-key"/>').text(key).appendTo(row);
    editor.element.appendTo(row);
  };
  for (const key of keysOf(service)) put(key);
  addSetting(key => {
    if (!editors.has(key)) put(key);
  }).appendTo(element);
  return {
    element,
    change: () => ({
      ServiceName: name,
      ...(instanceId === '' ? {} : { ServiceInstanceId: instanceId }),
      Settings: [...editors].flatMap(([Key, editor]) => {
        const Value = editor.change();
        return Value === undefined ? [] : [{ Key, Value }];
      }),
    }),
  };
}

function editorOf(setting: Setting): SettingEditor {
  if (isEditions(setting)) return editionsEditor(setting);
  const shape = vmShape(setting);
  return shape ? vmLimitsEditor(setting, shape) : rawEditor(setting);
}

function keysOf({ name, present, change }: Service): string[] {
  const usual = editionServices.includes(name.toLowerCase()) ? [editionsKey] : [];
  const keys = [...(present?.Settings ?? []), ...(change?.Settings ?? [])].map(({ Key }) => Key);
  return [...new Set([...usual, ...keys])];
}

/** A setting that WAP does not show yet, by its key. */
function addSetting(put: (key: string) => void): JQuery {
  const input = $('<input type="text"/>').attr({ placeholder: say('quotas.key'), 'aria-label': say('quotas.key') });
  const go = () => {
    const key = String(input.val() ?? '').trim();
    if (key === '') return void input.trigger('focus');
    put(key);
    input.val('');
  };
  const button = $('<button type="button" class="red-ui-button red-ui-button-small"/>')
    .append('<i class="fa fa-plus"></i> ', document.createTextNode(say('quotas.addSetting')))
    .on('click', go);
  return $('<details class="wap-billing-quota-more"/>').append(
    $('<summary/>').text(say('quotas.otherSetting')),
    $('<div class="wap-billing-quota-buttons"/>').append(input, button),
  );
}

function servicesOf(present: PresentService[], changes: ServiceChange[], others: string[]): Service[] {
  const isOne = (name: string) => present.filter(each => isSame(each.ServiceName, name)).length === 1;
  const left = new Set(changes);
  const shown = present.map((service): Service => {
    const change = changes.find(each => isOf(each, service));
    if (change) left.delete(change);
    const { ServiceName: name, ServiceInstanceId: id } = service;
    // A flow that names no instance fits every WAP with one instance of the service.
    const instanceId = change?.ServiceInstanceId ?? (isOne(name) ? '' : id);
    return { name, instanceId, title: titleOf(service, instanceId), present: service, change };
  });
  const saved = [...left].map(
    (change): Service => ({
      ...{ name: change.ServiceName, instanceId: change.ServiceInstanceId ?? '', present: undefined, change },
      title: [change.ServiceName, change.ServiceInstanceId].filter(Boolean).join(' · '),
    }),
  );
  const known = [...shown, ...saved];
  const fresh = others
    .filter(name => !known.some(each => isSame(each.name, name)))
    .map((name): Service => ({ name, instanceId: '', title: name, present: undefined, change: undefined }));
  return [...known, ...fresh];
}

function titleOf({ ServiceName, ServiceDisplayName }: PresentService, instanceId: string): string {
  const name = ServiceDisplayName ? `${ServiceDisplayName} (${ServiceName})` : ServiceName;
  return instanceId === '' ? name : `${name} · ${instanceId}`;
}

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const isOf = ({ ServiceName, ServiceInstanceId }: ServiceChange, service: PresentService): boolean =>
  isSame(ServiceName, service.ServiceName) &&
  (!ServiceInstanceId || isSame(ServiceInstanceId, service.ServiceInstanceId));
