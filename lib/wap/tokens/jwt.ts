/** Times of a token in ms UTC; null where it says nothing. */
export interface TokenTimes {
  /** `exp` */
  expiresAt: number | null;
  /** `nbf` */
  notBefore: number | null;
  /** `iat`: by the issuer's clock. */
  issuedAt: number | null;
}

/** The times in a JWT. The signature is not verified: that is the task of the API that receives the token. */
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
