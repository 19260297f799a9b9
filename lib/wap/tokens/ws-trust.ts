import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import { AdapterError, isObject, shapeOf } from '../../errors';
import { natureOf } from '../../http/decode';
import { oneLine } from '../../http/status';
import { parseWapTime } from '../client/time';
import type { IssuedToken } from './cache';
import { timesOf } from './jwt';

/** Of SOAP 1.2, WS-Addressing, WS-Security, WS-Policy and WS-Trust 1.3. */
const namespaces = {
  '@_xmlns:s': 'http://www.w3.org/2003/05/soap-envelope',
  '@_xmlns:a': 'http://www.w3.org/2005/08/addressing',
  '@_xmlns:o': 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd',
  '@_xmlns:p': 'http://schemas.xmlsoap.org/ws/2004/09/policy',
  '@_xmlns:t': 'http://docs.oasis-open.org/ws-sx/ws-trust/200512',
};
/** What is asked for: that a token be issued (WS-Trust 1.3). */
const issueAction = 'http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue';
const passwordText = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText';

/** The WS-Trust 1.3 request for a JWT (SDK TokenIssuer, CODE). `login` goes into the SOAP header; without it the transport
 *  identifies the caller. */
export function requestEnvelope(endpoint: string, realm: string, login?: { user: string; password: string }): string {
  const must = { '@_s:mustUnderstand': '1' };
  const security = login && {
    'o:Security': {
      ...must,
      'o:UsernameToken': {
        'o:Username': login.user,
        'o:Password': { '@_Type': passwordText, '#text': login.password },
      },
    },
  };
  const builder = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: false });
  return builder.build({
    's:Envelope': {
      ...namespaces,
      's:Header': {
        'a:Action': { ...must, '#text': issueAction },
        'a:To': { ...must, '#text': endpoint },
        ...security,
      },
      's:Body': {
        't:RequestSecurityToken': {
          'p:AppliesTo': { 'a:EndpointReference': { 'a:Address': realm } },
          't:KeyType': 'http://docs.oasis-open.org/ws-sx/ws-trust/200512/Bearer',
          't:RequestType': 'http://docs.oasis-open.org/ws-sx/ws-trust/200512/Issue',
          't:TokenType': 'urn:ietf:params:oauth:token-type:jwt',
        },
      },
    },
  });
}

/** The element at the end of the path; the first one where it repeats. */
function descend(from: unknown, ...path: string[]): unknown {
  let at = from;
  for (const name of path) {
    const next = isObject(at) ? at[name] : undefined;
    at = Array.isArray(next) ? next[0] : next;
  }
  return at;
}

/** All text in an element and below it: the token may be wrapped in a BinarySecurityToken. */
function textIn(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textIn).join('');
  return isObject(value) ? Object.values(value).map(textIn).join('') : '';
}

/** The SOAP body; undefined when the text is no SOAP. */
function parseBody(text: string): unknown {
  // Token sites send no DTD; one could define entities that expand without end.
  if (!/<[\w:]*Envelope[\s>]/.test(text) || /<!DOCTYPE/i.test(text)) return undefined;
  const parser = new XMLParser({
    removeNSPrefix: true,
    ignoreAttributes: true,
    parseTagValue: false,
    trimValues: true,
  });
  try {
    return descend(parser.parse(text), 'Envelope', 'Body');
  } catch {
    return undefined;
  }
}

/** The reason in a SOAP 1.2 or 1.1 fault, passed through `hide` before it is shortened; null when there is no fault. */
export function faultReason(text: string, hide: (text: string) => string): string | null {
  const fault = descend(parseBody(text), 'Fault');
  if (!isObject(fault)) return null;
  return oneLine(hide(textIn(descend(fault, 'Reason', 'Text')) || textIn(fault.faultstring) || 'no reason given'));
}

/** Reads the token from a RequestSecurityTokenResponseCollection: a compact JWT in base64, or as it is. It expires at the JWT's
 *  `exp`, otherwise at the answer's `Lifetime/Expires`.
 *  @throws WAP_BAD_RESPONSE */
export function readToken(text: string): IssuedToken {
  const nature = natureOf(text);
  if (!/<[\w:.-]*Envelope[\s>]/.test(text))
    throw noToken(`answered with ${nature} instead of SOAP: is the address right?`);
  const body = parseBody(text);
  if (body === undefined || !/<\/[\w:.-]*Envelope\s*>/.test(text))
    throw noToken('answered with SOAP that is not complete.');
  const collection = descend(body, 'RequestSecurityTokenResponseCollection');
  const response = descend(collection ?? body, 'RequestSecurityTokenResponse');
  const inner = textIn(descend(response, 'RequestedSecurityToken')).replace(/\s+/g, '');
  const token = isCompactJwt(inner) ? inner : Buffer.from(inner, 'base64').toString('utf8').trim();
  if (!isCompactJwt(token))
    throw noToken(
      `answered without a JWT (got ${shapeOf(inner)} as token): is it the token site's address, and does it issue JWTs for this realm?`,
    );
  const times = timesOf(token);
  const inLifetime = (name: string) => timeOrNull(textIn(descend(response, 'Lifetime', name)));
  return {
    token,
    expiresAt: times.expiresAt ?? inLifetime('Expires'),
    notBefore: times.notBefore,
    issuedAt: times.issuedAt ?? inLifetime('Created'),
  };
}

function noToken(what: string): AdapterError {
  return new AdapterError('WAP_BAD_RESPONSE', `WAP's token site ${what}`, { subject: 'token', retryable: true });
}

/** Three parts of base64url with dots between them; the signature may be empty. */
function isCompactJwt(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(text);
}

/** ms UTC; null for what is no time. */
function timeOrNull(text: string): number | null {
  try {
    return parseWapTime(text).ms;
  } catch {
    return null;
  }
}
