import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { isObject } from '../../json-body';

const soap = 'http://www.w3.org/2003/05/soap-envelope';
const addressing = 'http://www.w3.org/2005/08/addressing';
const trust = 'http://docs.oasis-open.org/ws-sx/ws-trust/200512';
const security = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const jwtType = 'urn:ietf:params:oauth:token-type:jwt';

const reader = new XMLParser({ removeNSPrefix: true, ignoreAttributes: true, parseTagValue: false, trimValues: false });

/** A refusal as WS-Trust names it. */
export class TrustFault extends Error {
  constructor(
    readonly code: 'FailedAuthentication' | 'InvalidRequest' | 'InvalidScope',
    message: string,
  ) {
    super(message);
  }
}

export interface TokenRequest {
  realm: string;
  /** `null` when the request carries no user name token. */
  user: { name: string; password: string } | null;
}

/** Reads a request for a bearer JWT (WS-Trust 1.3 in SOAP 1.2) and checks each of its fixed texts.
 *  @throws TrustFault InvalidRequest */
export function readTokenRequest(xml: string, path: string): TokenRequest {
  if (XMLValidator.validate(xml) !== true) throw new TrustFault('InvalidRequest', 'The envelope is not valid XML.');
  for (const namespace of [soap, addressing, trust]) {
    if (!xml.includes(`"${namespace}"`))
      throw new TrustFault('InvalidRequest', `The namespace ${namespace} is missing.`);
  }
  const tree: unknown = reader.parse(xml);
  const header = (...names: string[]): string => textAt(tree, ['Envelope', 'Header', ...names]);
  const request = (...names: string[]): string =>
    textAt(tree, ['Envelope', 'Body', 'RequestSecurityToken', ...names]).trim();
  expect('Action', header('Action').trim(), `${trust}/RST/Issue`);
  expect('To', pathOf(header('To').trim()), path);
  expect('RequestType', request('RequestType'), `${trust}/Issue`);
  expect('KeyType', request('KeyType'), `${trust}/Bearer`);
  expect('TokenType', request('TokenType'), jwtType);
  const name = header('Security', 'UsernameToken', 'Username');
  return {
    realm: request('AppliesTo', 'EndpointReference', 'Address'),
    user: name === '' ? null : { name, password: header('Security', 'UsernameToken', 'Password') },
  };
}

/** The answer: the token in base64, inside `RequestedSecurityToken`. */
export function tokenAnswer(token: string, realm: string): string {
  const encoded = Buffer.from(token, 'utf8').toString('base64');
  return envelope(
    `<t:RequestSecurityTokenResponseCollection xmlns:t="${trust}"><t:RequestSecurityTokenResponse>` +
      `<wsp:AppliesTo xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy"><a:EndpointReference xmlns:a="${addressing}">` +
      `<a:Address>${realm}</a:Address></a:EndpointReference></wsp:AppliesTo><t:TokenType>${jwtType}</t:TokenType>` +
      `<t:RequestedSecurityToken><o:BinarySecurityToken xmlns:o="${security}" ValueType="${jwtType}" ` +
      `EncodingType="${security.replace('secext', 'soap-message-security')}#Base64Binary">${encoded}` +
      '</o:BinarySecurityToken></t:RequestedSecurityToken></t:RequestSecurityTokenResponse>' +
      '</t:RequestSecurityTokenResponseCollection>',
  );
}

/** A SOAP 1.2 fault: the caller is to blame. */
export function faultAnswer(fault: TrustFault): string {
  const namespace = fault.code === 'FailedAuthentication' ? security : trust;
  return envelope(
    `<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:f="${namespace}">f:${fault.code}</s:Value>` +
      `</s:Subcode></s:Code><s:Reason><s:Text xml:lang="en-US">${fault.message}</s:Text></s:Reason></s:Fault>`,
  );
}

function envelope(body: string): string {
  return `<s:Envelope xmlns:s="${soap}"><s:Body>${body}</s:Body></s:Envelope>`;
}

function expect(name: string, value: string, wanted: string): void {
  if (value !== wanted) throw new TrustFault('InvalidRequest', `${name} must be ${wanted}.`);
}

/** The text at the end of a path of element names, empty when there is none. */
function textAt(tree: unknown, names: string[]): string {
  let value = tree;
  for (const name of names) value = isObject(value) ? value[name] : undefined;
  if (isObject(value)) value = value['#text'];
  return typeof value === 'string' ? value : '';
}

function pathOf(address: string): string {
  return URL.canParse(address) ? new URL(address).pathname : address;
}
