import type { NodeAPI } from 'node-red';
import { billingChoices } from '../../lib/billing/choices';
import { openBilling } from '../../lib/billing/connection';
import { type ProviderForm, wantsSecret } from '../../lib/billing/provider-form';
import { formsOf, kindOf } from '../../lib/billing/providers';
import { defaultTemplates, templatesWith } from '../../lib/billing/rest/templates';
import type { BillingAuth } from '../../lib/billing/settings';
import { pluginType } from '../../lib/billing/systems/plugin';
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
    billingConnectionProviders: (RED: NodeAPI) => formsOf(RED.plugins.getByType(pluginType)),
    billingConnectionTemplates: defaultTemplates,
  },
  open: async (values, context) => {
    const plugins = context.plugins(pluginType);
    const { form } = kindOf(values.provider, plugins);
    return openBilling(
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
        auth: authOf(form, values, context),
        options: values.options ?? {},
        ...secondSecretOf(form, values.options, context),
        templates: templatesWith(values.templates),
        secrets: context.broughtIn('templates'),
      },
      { compile: context.jsonata, plugins },
    );
  },
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

/** Read only where it is wanted: the dialog hides it from the others, and whatever was left in it. */
function secondSecretOf(form: ProviderForm, options: Values<typeof settings>['options'], context: ConfigContext) {
  const secret = wantsSecret(form.options, options) ? context.secret('secondSecret') : undefined;
  return secret === undefined ? {} : { secondSecret: secret };
}

function authOf(form: ProviderForm, values: Values<typeof settings>, { secret }: ConfigContext): BillingAuth {
  const { user, headerName } = values;
  const auth = form.signIn ?? values.auth;
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
