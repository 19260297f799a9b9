import { recentRecords } from '../../lib/feeds/records/find-record';
import { wapChoices } from '../../lib/wap/choices';
import { openWap, type TokenSettings } from '../../lib/wap/connection';
import { quotasOf } from '../../lib/wap/plans/present-quotas';
import { type ConfigContext, defineConfig } from '../../runtime/define-config';
import { choice, flag, given, number, text, type Values } from '../../runtime/inputs';

const settings = {
  installation: text().optional(),
  adminUrl: text(),
  usageUrl: text().optional(),
  principal: text().preset('${WAP_PRINCIPAL:-wap-billing}'),
  tokenKind: choice('bearer', 'usernamemixed', 'windows'),
  stsUrl: text().optional(),
  realm: text().preset('http://azureservices/AdminSite'),
  user: text().optional(),
  usageUser: text().optional(),
  attemptSeconds: number({ min: 1, max: 600 }).preset(30),
  totalSeconds: number({ min: 1, max: 3600 }).preset(120),
  retries: number({ max: 10 }).preset(3),
  oldTls: flag().preset(false),
};

export = defineConfig({
  type: 'wap-connection',
  settings,
  secrets: ['token', 'password', 'usagePassword'],
  open: async (values, context) => {
    const usagePassword = context.secret('usagePassword');
    return openWap({
      ...(values.installation ? { installation: values.installation } : {}),
      adminUrl: values.adminUrl,
      ...(values.usageUrl ? { usageUrl: values.usageUrl } : {}),
      principal: values.principal,
      token: tokenOf(values, context),
      ...(values.usageUser && usagePassword ? { usage: { user: values.usageUser, password: usagePassword } } : {}),
      ...context.peers,
      oldTls: values.oldTls,
      attemptTimeoutMs: values.attemptSeconds * 1000,
      totalTimeoutMs: values.totalSeconds * 1000,
      retries: values.retries,
    });
  },
  check: (wap, signal) => wap.check(signal),
  choices: wapChoices,
  reads: {
    quotas: ({ admin }, query, signal) =>
      quotasOf(admin, kindsOf(query('kinds')), given(query('plan'), 'plan', 'to show its quotas'), signal),
    records: ({ usage }, _query, signal) => recentRecords(usage, signal),
  },
});

const use = 'for this way to get a token';

function tokenOf(values: Values<typeof settings>, context: ConfigContext): TokenSettings {
  if (values.tokenKind === 'bearer') return { kind: 'bearer', token: given(context.secret('token'), 'token', use) };
  return {
    kind: values.tokenKind,
    stsUrl: given(values.stsUrl, 'stsUrl', use),
    realm: values.realm,
    user: given(values.user, 'user', use),
    password: given(context.secret('password'), 'password', use),
  };
}

const kindsOf = (words = '') =>
  (['plan', 'addon'] as const).filter(kind => words === '' || words.split(',').includes(kind));
