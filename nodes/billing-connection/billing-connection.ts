import type { NodeAPI } from 'node-red';
import { billingChoices } from '../../lib/billing/choices';
import { openBilling } from '../../lib/billing/connection';
import { wantsSecret } from '../../lib/billing/options';
import type { ProviderForm } from '../../lib/billing/provider';
import { providerForms, providers } from '../../lib/billing/providers';
import { defaultTemplates, templatesWith } from '../../lib/billing/rest/templates';
import type { BillingAuth } from '../../lib/billing/settings';
import { pluginsIn, pluginType } from '../../lib/billing/systems/plugin';
import { partOf } from '../../lib/checked';
import { type ConfigContext, defineConfig } from '../../runtime/define-config';
import { choice, flag, given, number, object, text, type Values } from '../../runtime/inputs';

const settings = {
  provider: text().preset('rest'),
  baseUrl: text().preset('${BILLING_URL:-http://127.0.0.1:30100}'),
  target: text().optional(),
  auth: choice('none', 'basic', 'bearer', 'header').preset('bearer'),
  user: text().optional(),
  headerName: text().preset('X-Api-Key').optional(),
  idempotencyHeader: text().optional(),
  attemptSeconds: number({ min: 1, max: 600 }).preset(30),
  totalSeconds: number({ min: 1, max: 3600 }).preset(120),
  retries: number({ max: 10 }).preset(3),
  oldTls: flag().preset(false),
  options: object().preset('{}').optional(),
  templates: object().preset('{}').optional(),
};

export = defineConfig({
  type: 'billing-connection',
  settings,
  secrets: ['token', 'password', 'secondSecret'],
  facts: {
    // Ours first, in the list and where a name is taken twice.
    billingConnectionProviders: (RED: NodeAPI) => ({ ...providerForms, ...pluginForms(RED), ...providerForms }),
    billingConnectionTemplates: defaultTemplates,
  },
  open: async (values, context) =>
    openBilling(
      {
        provider: values.provider,
        ...(values.target ? { target: values.target } : {}),
        ...(values.idempotencyHeader ? { idempotencyHeader: values.idempotencyHeader } : {}),
        http: {
          baseUrl: values.baseUrl,
          ...context.peers,
          oldTls: values.oldTls,
          attemptTimeoutMs: values.attemptSeconds * 1000,
          totalTimeoutMs: values.totalSeconds * 1000,
          retries: values.retries,
        },
        auth: authOf(values, context),
        options: values.options ?? {},
        ...secondSecretOf(values, context),
        templates: templatesWith(values.templates),
        secrets: context.broughtIn('templates'),
      },
      { compile: context.jsonata, plugins: context.plugins(pluginType) },
    ),
  attempt: async (billing, { call, key }, signal) =>
    billing.tryCall?.(call, given(key || undefined, 'key', 'to try a call'), { signal }),
  choices: billingChoices,
  check: async (billing, signal) => [
    await partOf('billing', async () => {
      await billing.check(signal);
      return { ok: true, found: 'billing', values: { target: billing.target } };
    }),
    await partOf('certificate', () => billing.checkCertificate(signal)),
  ],
});

/** With their own texts, which our catalogues lack. */
const pluginForms = (RED: NodeAPI) =>
  Object.fromEntries(
    [...pluginsIn(RED.plugins.getByType(pluginType))].map(([name, { form, label, texts = {} }]) => [
      name,
      { ...form, label, texts },
    ]),
  );

const formOf = (provider: string, context: ConfigContext): ProviderForm | undefined =>
  providers.get(provider)?.form ?? pluginsIn(context.plugins(pluginType)).get(provider)?.form;

/** Read only where it is wanted: the dialog hides it from the others, and whatever was left in it. */
function secondSecretOf(
  { provider, options }: Values<typeof settings>,
  context: ConfigContext,
): { secondSecret?: string } {
  if (!wantsSecret(formOf(provider, context)?.options ?? {}, options)) return {};
  const secret = context.secret('secondSecret');
  return secret === undefined ? {} : { secondSecret: secret };
}

function authOf({ provider, user, headerName, ...rest }: Values<typeof settings>, context: ConfigContext): BillingAuth {
  const { secret } = context;
  const auth = formOf(provider, context)?.signIn ?? rest.auth;
  const need = (value: string | undefined, field: string) => given(value, field, `to sign in by ${auth}`);
  switch (auth) {
    case 'none':
      return { kind: auth };
    case 'basic':
      return { kind: auth, user: need(user, 'user'), password: need(secret('password'), 'password') };
    case 'bearer':
      return { kind: auth, token: need(secret('token'), 'token') };
    case 'header':
      return { kind: auth, name: need(headerName, 'headerName'), value: need(secret('token'), 'token') };
  }
}
