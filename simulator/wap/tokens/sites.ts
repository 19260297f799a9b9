import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { ErrorRequestHandler, Request, Response, Router } from 'express';
import { ApiError, toApiError } from '../../api-error';
import { bytesOf } from '../../json-body';
import { route } from '../../routes';
import { sameSecret } from '../../secret';
import { adminRealm, tenantRealm, type WapCredentials } from '../options';
import { challengeMessage, ntlmMessage, provesPassword, readAnswer, wantsUnicode } from './ntlm';
import type { Tokens } from './tokens';
import { faultAnswer, readTokenRequest, TrustFault, tokenAnswer } from './trust';

interface Site {
  tokens: Tokens;
  credentials: WapCredentials;
  /** Realms that tokens are issued for, beside the two of WAP. */
  realm: string;
}

export const userNamePath = '/wstrust/issue/usernamemixed';
export const adfsPath = '/adfs/services/trust/13/usernamemixed';
export const windowsPath = '/wstrust/issue/windowstransport';

/** User name and password in the SOAP header: the membership site, and AD FS. */
export function userNameSite(router: Router, site: Site): void {
  for (const path of [userNamePath, adfsPath]) {
    route(router, path, {
      POST: (req, res) => {
        const { realm, user } = readTokenRequest(soapBody(req), path);
        const { credentials } = site;
        if (!user || !isUser(user.name, credentials.user) || !sameSecret(user.password, credentials.password)) {
          throw new TrustFault('FailedAuthentication', 'The user name or password is not right.');
        }
        answer(res, site, realm);
      },
    });
  }
}

/** NTLM on the connection: 401, challenge, proof. The challenge belongs to the connection it was sent on. */
export function windowsSite(router: Router, site: Site): void {
  const challenges = new WeakMap<Socket, { bytes: Buffer; unicode: boolean }>();
  route(router, windowsPath, {
    POST: (req, res) => {
      const message = ntlmMessage(req.headers.authorization);
      if (message?.type === 1) {
        const challenge = { bytes: randomBytes(8), unicode: wantsUnicode(message.bytes) };
        challenges.set(req.socket, challenge);
        const reply = challengeMessage(challenge.bytes, 'WAP', challenge.unicode).toString('base64');
        return refuse(res, `NTLM ${reply}`);
      }
      const challenge = challenges.get(req.socket);
      challenges.delete(req.socket);
      const proof = message?.type === 3 && challenge ? readAnswer(message.bytes, challenge.unicode) : null;
      if (!proof || !challenge) return refuse(res, 'NTLM');
      const name = proof.domain ? `${proof.domain}\\${proof.user}` : proof.user;
      const { user, password } = site.credentials;
      if (!isUser(name, user) || !provesPassword(proof, challenge.bytes, password)) return refuse(res, 'NTLM');
      answer(res, site, readTokenRequest(soapBody(req), windowsPath).realm);
    },
  });
}

/** SOAP faults travel with 500, as WCF and AD FS send them (not in the WAP documents). */
export const answerTrustError: ErrorRequestHandler = (thrown, _req, res, next) => {
  if (res.headersSent) return next(thrown);
  if (thrown instanceof TrustFault) {
    res.status(500).type('application/soap+xml').send(faultAnswer(thrown));
    return;
  }
  const error = toApiError(thrown);
  res.status(error.status).type('text').send(error.message);
};

/** WAP's answer when no domain is asked for: any domain will do. */
function isUser(given: string, wanted: string): boolean {
  const name = wanted.includes('\\') ? given : given.slice(given.lastIndexOf('\\') + 1);
  return name.toLowerCase() === wanted.toLowerCase();
}

function refuse(res: Response, challenge: string): void {
  res.setHeader('WWW-Authenticate', challenge);
  res.status(401).end();
}

function answer(res: Response, site: Site, realm: string): void {
  if (![site.realm, adminRealm, tenantRealm].includes(realm)) {
    throw new TrustFault('InvalidScope', 'The realm is not known here.');
  }
  res.type('application/soap+xml').send(tokenAnswer(site.tokens.issue(realm), realm));
}

function soapBody(req: Request): string {
  const type = (req.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/soap+xml') throw new ApiError(415, 'UnsupportedMediaType', 'Send application/soap+xml.');
  return bytesOf(req).toString('utf8');
}
