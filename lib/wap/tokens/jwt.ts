/** Times of a token in ms UTC; null where it does not say. */
export interface TokenTimes {
  /** `exp` */
  expiresAt: number | null;
  /** `nbf` */
  notBefore: number | null;
  /** `iat`: by the issuer's clock. */
  issuedAt: number | null;
}

/** The times in a JWT (seconds since 1970 in the token). The signature is not checked: that is the task of the API that gets
 *  the token. */
export function timesOf(token: string): TokenTimes {
  const claims = claimsOf(token);
  const timeOf = (name: string): number | null => {
    const value: unknown = Reflect.get(claims, name);
    return typeof value === 'number' && Number.isFinite(value) ? value * 1000 : null;
  };
  return { expiresAt: timeOf('exp'), notBefore: timeOf('nbf'), issuedAt: timeOf('iat') };
}

function claimsOf(token: string): object {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null ? claims : {};
  } catch {
    return {};
  }
}
