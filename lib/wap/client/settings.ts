import type { ConnectionOptions } from 'node:tls';
import type { Clock } from '../../async/clock';
import { AdapterError, invalid } from '../../errors';
import type { ProxySettings } from '../../http/proxy-settings';
import { checkAddress, checkWholeNumber } from '../../http/settings';

/** Where the admin API's token comes from. `bearer`: made elsewhere. `usernamemixed`: WS-Trust with user and password (AD FS,
 *  or WAP's membership site). `windows`: WAP's Windows site by NTLM; `user` may be `DOMAIN\user`. */
export type TokenSettings =
  | { kind: 'bearer'; token: string }
  | {
      kind: 'usernamemixed' | 'windows';
      /** The token site. Without a path, WAP's own path for the kind is used. */
      stsUrl: string;
      /** Default `http://azureservices/AdminSite`. */
      realm?: string;
      user: string;
      password: string;
      domain?: string;
    };

/** All that a connection is made of; times in ms. */
export interface WapSettings {
  /** Short name of this WAP in stored keys; default the host of `adminUrl`. */
  installation?: string;
  /** Address of the admin API, such as `https://wap:30004`. */
  adminUrl: string;
  /** Without it the feeds cannot be read. */
  usageUrl?: string;
  /** The caller as WAP logs it, e.g. `DOMAIN\billing`. */
  principal: string;
  token: TokenSettings;
  /** Basic credentials of the usage API; needed with `usageUrl`. */
  usage?: { user: string; password: string };
  tls?: ConnectionOptions;
  /** See `HttpSettings`. */
  oldTls?: boolean;
  proxy?: ProxySettings;
  /** Defaults 30 s, 120 s and 3. */
  attemptTimeoutMs?: number;
  totalTimeoutMs?: number;
  retries?: number;
  clock?: Clock;
}

/** WAP's realm of the admin API, as it is installed. */
export const adminRealm = 'http://azureservices/AdminSite';

/** WAP's own paths, for an address without one. */
const tokenPaths = { usernamemixed: '/wstrust/issue/usernamemixed', windows: '/wstrust/issue/windowstransport' };

/** One line, because it becomes a header. @throws INPUT_MISSING, INPUT_INVALID */
function checkText(field: string, value: unknown): void {
  if (typeof value === 'string' && value.trim() !== '' && !/[\r\n]/.test(value)) return;
  if (value === undefined || value === '')
    throw new AdapterError('INPUT_MISSING', `${field}: a text in one line is needed.`, { subject: field });
  throw invalid(field, 'a text in one line', value);
}

/** The whole address of the token endpoint. @throws INPUT_INVALID */
export function tokenEndpoint(kind: 'usernamemixed' | 'windows', stsUrl: string): string {
  const url = checkAddress('token.stsUrl', stsUrl);
  return url.pathname === '/' ? `${url.origin}${tokenPaths[kind]}` : url.href;
}

/** Checks every setting before any call is made.
 *  @throws INPUT_MISSING, INPUT_INVALID with the field's name in the message and in `cause.subject` */
export function checkWapSettings(settings: WapSettings): void {
  checkAddress('adminUrl', settings.adminUrl);
  if (settings.usageUrl !== undefined) checkAddress('usageUrl', settings.usageUrl);
  if (settings.installation !== undefined) checkText('installation', settings.installation);
  checkText('principal', settings.principal);
  const day = 86_400_000;
  checkWholeNumber('attemptTimeoutMs', settings.attemptTimeoutMs ?? 1, 1, day);
  checkWholeNumber('totalTimeoutMs', settings.totalTimeoutMs ?? 1, 1, day);
  checkWholeNumber('retries', settings.retries ?? 0, 0, 100);
  const { token, usage } = settings;
  if (token.kind === 'bearer') checkText('token.token', token.token);
  else if (token.kind === 'usernamemixed' || token.kind === 'windows') {
    tokenEndpoint(token.kind, token.stsUrl);
    checkText('token.user', token.user);
    checkText('token.password', token.password);
    if (token.realm !== undefined) checkText('token.realm', token.realm);
  } else
    throw new AdapterError('INPUT_INVALID', 'token.kind: bearer, usernamemixed or windows is needed.', {
      subject: 'token.kind',
    });
  if (settings.usageUrl !== undefined && !usage)
    throw new AdapterError('INPUT_MISSING', 'usage: user and password of the usage API are needed with usageUrl.', {
      subject: 'usage',
    });
  if (usage) {
    checkText('usage.user', usage.user);
    checkText('usage.password', usage.password);
  }
}
