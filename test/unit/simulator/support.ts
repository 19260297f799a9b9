import type { SimulatorClock } from '../../../simulator/clock';
import type { WapSimulator } from '../../../simulator/wap/options';

/** A clock that stands still until it is moved. */
export function manualClock(start = Date.UTC(2026, 2, 1, 9)): SimulatorClock & { advance(ms: number): void } {
  let now = start;
  let sleepers: Array<{ at: number; wake: () => void }> = [];
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        sleepers.push({ at: now + ms, wake: resolve });
        signal?.addEventListener('abort', () => reject(signal.reason));
      }),
    advance: ms => {
      now += ms;
      for (const sleeper of sleepers.filter(({ at }) => at <= now)) sleeper.wake();
      sleepers = sleepers.filter(({ at }) => at > now);
    },
  };
}

export interface Answer {
  status: number;
  headers: Headers;
  // Tests look into answers field by field; a wrong field fails the assertion.
  body: Record<string, unknown>;
  text: string;
}

export interface Call {
  body?: unknown;
  headers?: Record<string, string>;
  /** Sent as it is, instead of `body`. */
  raw?: string;
}

/** One request by plain fetch; `body` is empty when the answer is no JSON object. */
export async function call(method: string, url: string, { body, raw, headers = {} }: Call = {}): Promise<Answer> {
  const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(url, {
    method,
    headers: { ...(sent === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }), ...headers },
    ...(sent === undefined ? {} : { body: sent }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: jsonOf(text), text };
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Calls of the admin API with all that it asks for. */
export function adminOf(wap: WapSimulator) {
  return (method: string, path: string, { headers, ...rest }: Call = {}): Promise<Answer> =>
    call(method, wap.adminUrl + path, {
      ...rest,
      headers: {
        authorization: `Bearer ${wap.issueToken()}`,
        'x-ms-principal-id': 'CORP%5Canna',
        accept: 'application/json',
        ...headers,
      },
    });
}

/** A page of a feed. */
export async function eventsOf(wap: WapSimulator, feed: string, query = 'startId=0&batchSize=100') {
  const { usageUser, usagePassword } = wap.credentials;
  const authorization = `Basic ${Buffer.from(`${usageUser}:${usagePassword}`).toString('base64')}`;
  return call('GET', `${wap.usageUrl}/billing/${feed}?${query}`, { headers: { authorization } });
}

/** The SOAP envelope of a token request, as the documents show it. */
export function tokenEnvelope(to: string, user: { name: string; password: string } | null, realm: string): string {
  const wss = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-';
  const trust = 'http://docs.oasis-open.org/ws-sx/ws-trust/200512';
  const security =
    user &&
    `<o:Security xmlns:o="${wss}wssecurity-secext-1.0.xsd"><o:UsernameToken><o:Username>${user.name}</o:Username>
     <o:Password Type="${wss}username-token-profile-1.0#PasswordText">${user.password}</o:Password>
     </o:UsernameToken></o:Security>`;
  return `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing">
    <s:Header><a:Action s:mustUnderstand="1">${trust}/RST/Issue</a:Action><a:To>${to}</a:To>${security ?? ''}</s:Header>
    <s:Body><t:RequestSecurityToken xmlns:t="${trust}">
      <wsp:AppliesTo xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy">
        <a:EndpointReference><a:Address>${realm}</a:Address></a:EndpointReference></wsp:AppliesTo>
      <t:KeyType>${trust}/Bearer</t:KeyType><t:RequestType>${trust}/Issue</t:RequestType>
      <t:TokenType>urn:ietf:params:oauth:token-type:jwt</t:TokenType>
    </t:RequestSecurityToken></s:Body></s:Envelope>`;
}
