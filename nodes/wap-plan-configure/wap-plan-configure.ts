import { configurationFromForm } from '../../lib/wap/plans/configuration-form';
import { configurePlan } from '../../lib/wap/plans/configure';
import { defineNode, to } from '../../runtime/define-node';
import { asObject, asText, choice, flag, json, list, number, optionalText, text } from '../../runtime/inputs';

const service = (value: unknown, field: string) => {
  const row = asObject(value, field);
  const instance = optionalText(row.instanceId, `${field}.instanceId`);
  return { ServiceName: asText(row.name, `${field}.name`), ...(instance ? { ServiceInstanceId: instance } : {}) };
};

const link = (value: unknown, field: string) => asText(asObject(value, field).link, `${field}.link`);

const advertisement = (value: unknown, field: string) => {
  const { language, displayName, description } = asObject(value, field);
  return {
    LanguageCode: asText(language, `${field}.language`),
    DisplayName: asText(displayName, `${field}.displayName`),
    Description: optionalText(description, `${field}.description`) ?? null,
  };
};

export = defineNode({
  type: 'wap-plan-configure',
  uses: { connection: 'wap-connection' },
  inputs: {
    kind: choice('plan', 'addon').from('msg.wap.kind'),
    planId: text().from('msg.wap.plan.Id'),
    sameAs: text().optional(),
    services: list(service).preset('[]'),
    quotas: json().preset('{}', 'json').optional(),
    replaceQuotas: flag().preset(false).addedLater(),
    links: list(link).preset('[]'),
    advertisements: list(advertisement).preset('[]'),
    price: text().optional(),
    invitationCode: text().optional(),
    maximum: number({ min: -1 }).optional(),
    removeOthers: flag().preset(false),
  },
  outputs: ['done'],
  run: async ({ kind, planId, ...form }, { connection, msg, signal, say }) => {
    const wanted = await configurationFromForm(connection.admin, kind, planId, form, { signal });
    const { plan, parts } = await configurePlan(connection.admin, kind, planId, wanted, { signal });
    const words = parts.map(part => say(`part.${part}`)).join(', ');
    const status = parts.length > 0 ? say('status.changed', { parts: words }) : say('status.unchanged');
    return to('done', { payload: plan, wap: { ...msg.wap, kind, plan } }, status);
  },
});
