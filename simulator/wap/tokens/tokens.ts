import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { isObject, type JsonObject } from '../../json-body';

interface Settings {
  now: () => number;
  lifeMs: number;
  user: string;
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Issues and checks the JWTs (HS256) of the token sites. The signing key lives as long as the simulator. */
export class Tokens {
  readonly #key = randomBytes(32);
  readonly #settings: Settings;
  #lastId = 0;
  #revokedUpTo = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  issue(realm: string): string {
    const { now, lifeMs, user } = this.#settings;
    const seconds = Math.floor(now() / 1000);
    this.#lastId += 1;
    const claims = {
      iss: 'http://azureservices/AuthSite',
      aud: realm,
      upn: user,
      nbf: seconds,
      exp: seconds + Math.ceil(lifeMs / 1000),
      serial: this.#lastId,
    };
    const text = `${part({ typ: 'JWT', alg: 'HS256' })}.${part(claims)}`;
    return `${text}.${this.#sign(text).toString('base64url')}`;
  }

  /** Issued here for this realm, neither expired nor revoked. */
  valid(token: string, realm: string): boolean {
    const [header, claims, signature, ...rest] = token.split('.');
    if (!header || !claims || !signature || rest.length > 0) return false;
    const given = Buffer.from(signature, 'base64url');
    const wanted = this.#sign(`${header}.${claims}`);
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return false;
    const { aud, exp, serial } = claimsOf(claims);
    if (aud !== realm || typeof exp !== 'number' || typeof serial !== 'number') return false;
    return exp * 1000 > this.#settings.now() && serial > this.#revokedUpTo;
  }

  revokeAll(): void {
    this.#revokedUpTo = this.#lastId;
  }

  #sign(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }
}

// The signature was checked, so these are our own claims.
function claimsOf(text: string): JsonObject {
  const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
  return isObject(value) ? value : {};
}
