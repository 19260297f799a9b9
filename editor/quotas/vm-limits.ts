import { say } from '../red';
import type { Setting, SettingEditor } from './setting-editor';

/** One kind of limits of a VM cloud: which elements hold them, and how one is read and written there. */
interface Shape {
  root: string;
  group: string;
  limits: Record<string, string>;
  read(group: Element, limit: string): string | undefined;
  write(group: Element, values: Map<string, string>): void;
}

/** What VMs may use together, and those of each member: elements, an empty one is unlimited. */
const quotas: Shape = {
  root: 'Clouds',
  group: 'Cloud',
  limits: {
    ...{ RoleVMCount: '', MemberVMCount: '', RoleCPUCount: '', MemberCPUCount: '' },
    ...{ RoleMemoryMB: 'MB', MemberMemoryMB: 'MB', RoleStorageGB: 'GB', MemberStorageGB: 'GB' },
  },
  read: (group, limit) => group.querySelector(`Quota > ${limit}`)?.textContent?.trim(),
  write: (group, values) => {
    const quota = append(group, 'Quota');
    for (const [limit, value] of values) append(quota, limit).textContent = value;
  },
};

const networkAction = 'AuthorVMNetwork';

/** What networks a tenant may make: attributes of one action, an empty one is unlimited (assumed). */
const networks: Shape = {
  root: 'Actions',
  group: 'Stamp',
  limits: {
    ...{ MaximumNetwork: '', MaximumMemberNetwork: '', MaximumBandwidthIn: '', MaximumBandwidthOut: '' },
    ...{ MaximumVPNConnection: '', MaximumMemberVPNConnection: '' },
    ...{ MaximumNATConnection: '', MaximumMemberNATConnection: '' },
  },
  read: (group, limit) => {
    const action = [...group.querySelectorAll('Action')].find(each => each.textContent?.trim() === networkAction);
    return action?.getAttribute(limit)?.trim();
  },
  write: (group, values) => {
    const action = append(group, 'Action');
    for (const [limit, value] of values) action.setAttribute(limit, value);
    action.textContent = networkAction;
  },
};

/** A cloud or stamp, with the limits it has and those that shall change. */
interface Group {
  attributes: Record<string, string>;
  present: Map<string, string>;
  change: Map<string, string>;
}

const shapes = [quotas, networks];

/** The limits that a setting's XML has; `null` when it is something else. */
export function vmShape({ present, change }: Setting): Shape | null {
  const root = parse(present ?? change ?? '')?.documentElement.nodeName;
  return shapes.find(shape => shape.root === root) ?? null;
}

/** The limits of VM clouds, one box a cloud: a number, or unlimited. What is not touched stays as it is. */
export function vmLimitsEditor(setting: Setting, shape: Shape): SettingEditor {
  const groups = groupsOf(shape, setting);
  const element = $('<div/>').append(groups.map(group => boxOf(shape, group, setting.changed)));
  return { element, change: () => write(shape, groups) };
}

function boxOf(shape: Shape, group: Group, changed: () => void): JQuery {
  const box = $('<fieldset class="wap-billing-quota-group"/>');
  $('<legend/>').text(nameOf(shape, group)).appendTo(box);
  for (const [limit, unit] of Object.entries(shape.limits)) {
    const known = group.present.has(limit) || group.change.has(limit);
    if (known || shape === quotas) rowOf(limit, unit, group, changed).appendTo(box);
  }
  return box;
}

function rowOf(limit: string, unit: string, { present, change }: Group, changed: () => void): JQuery {
  const now = present.get(limit);
  const label = say(`quotas.limit.${limit}`);
  const input = $('<input type="text" inputmode="numeric"/>')
    .attr('placeholder', now === '' ? say('quotas.unlimited') : (now ?? ''))
    .attr('aria-label', label)
    .val(change.get(limit) ?? '');
  const unlimited = $('<input type="checkbox"/>').prop('checked', change.get(limit) === '');
  const take = () => {
    const text = String(input.val() ?? '').trim();
    input.toggleClass('input-error', !/^\d*$/.test(text)).prop('disabled', unlimited.is(':checked'));
    if (unlimited.is(':checked')) change.set(limit, '');
    else if (text === '') change.delete(limit);
    else change.set(limit, text);
  };
  take();
  input.add(unlimited).on('change input', () => {
    take();
    changed();
  });
  const tick = $('<label/>').append(unlimited, document.createTextNode(` ${say('quotas.unlimited')}`));
  return $('<div class="wap-billing-quota-limit"/>').append(
    $('<span/>').text(unit === '' ? label : `${label} (${unit})`),
    input,
    tick,
  );
}

function groupsOf(shape: Shape, { present, change }: Setting): Group[] {
  const groups = new Map<string, Group>();
  const take = (text: string | undefined, part: 'present' | 'change') => {
    for (const element of parse(text ?? '')?.documentElement.querySelectorAll(`:scope > ${shape.group}`) ?? []) {
      const attributes = Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value]));
      const id = (attributes.Id ?? '').toLowerCase();
      const group = groups.get(id) ?? { attributes, present: new Map(), change: new Map() };
      groups.set(id, group);
      for (const limit of Object.keys(shape.limits)) {
        const value = shape.read(element, limit);
        if (value !== undefined) group[part].set(limit, value);
      }
    }
  };
  take(present, 'present');
  take(change, 'change');
  return [...groups.values()];
}

/** The smallest XML that says what changes: merging keeps everything else. */
function write({ root, group: name, write: put }: Shape, groups: Group[]): string | undefined {
  const document = new DOMParser().parseFromString(`<${root}/>`, 'application/xml');
  for (const { attributes, change } of groups) {
    if (change.size === 0) continue;
    const element = append(document.documentElement, name);
    for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
    put(element, change);
  }
  return document.documentElement.children.length > 0 ? new XMLSerializer().serializeToString(document) : undefined;
}

function append(parent: Element, name: string): Element {
  return parent.appendChild(parent.ownerDocument.createElement(name));
}

/** `null` for what is no XML. */
export function parse(text: string): Document | null {
  if (!/^\s*</.test(text)) return null;
  const document = new DOMParser().parseFromString(text, 'application/xml');
  return document.querySelector('parsererror') ? null : document;
}

const nameOf = (shape: Shape, { attributes }: Group): string =>
  attributes.Name ?? say(`quotas.${shape.group}`, { id: attributes.Id ?? '' });
