import type { WapAdmin } from './admin';
import type { Kind } from './types';

/** A value that a dialog can offer, and what the user sees. */
interface Choice {
  value: string;
  label: string;
}

type List = (wap: { admin: WapAdmin }, signal: AbortSignal) => Promise<Choice[]>;

const plans =
  (kind: Kind): List =>
  async ({ admin }, signal) =>
    (await admin.list(kind, { signal })).map(({ Id, DisplayName }) => ({ value: Id, label: `${DisplayName} · ${Id}` }));

/** What dialogs offer: plans and add-ons by id, services by name, and instances of services by their id. */
export const wapChoices = {
  plan: plans('plan'),
  addon: plans('addon'),
  service: async ({ admin }, signal) =>
    (await admin.resourceProviders(false, { signal })).map(({ Name, DisplayName }) => ({
      value: Name,
      label: DisplayName ? `${Name} · ${DisplayName}` : Name,
    })),
  instance: async ({ admin }, signal) =>
    (await admin.resourceProviders(false, { signal })).map(({ Name, InstanceId, InstanceDisplayName }) => ({
      value: InstanceId,
      label: `${InstanceDisplayName || Name} · ${InstanceId}`,
    })),
} satisfies Record<string, List>;
