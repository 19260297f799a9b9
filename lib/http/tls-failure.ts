/** Node's and OpenSSL's names for a certificate or TLS handshake that failed. */
const tlsCodes =
  /^(CERT_|CRL_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_|EPROTO|CA_|EE_|UNSPECIFIED$)/;

/** OpenSSL's words for each reason; its codes differ between versions. */
const tooOldVersion = /protocol version|unsupported protocol|version too low|no protocols available/i;
const noTls = /wrong version number|http request|packet length too long|record layer failure/i;
const tooWeak = /too weak|too small|md_too_weak|key_too_small|unsafe legacy renegotiation|legacy sigalg/i;
const noCommon = /handshake failure|no shared cipher|no cipher match|insufficient security|no suitable/i;

/** What a TLS failure means and what helps; `null` for any other failure. Completes a sentence that begins with the peer. */
export function tlsFailure(code: string, message: string, place: string, isOldTlsAllowed: boolean): string | null {
  if (!tlsCodes.test(code) && !tooWeak.test(message)) return null;
  const about = code === 'UNSPECIFIED' ? message : code;
  if (noTls.test(message) || code === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return `at ${place} does not speak TLS (${code}): is https right for this port?`;
  if (tooOldVersion.test(message) || /UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION/.test(code))
    return isOldTlsAllowed
      ? `at ${place} speaks none of TLS 1.0 to 1.3 (${code}): update it`
      : `at ${place} speaks TLS 1.0 or 1.1 only, and from 1.2 on is needed (${code}): ${older('update it')}`;
  if (tooWeak.test(message) || tooWeak.test(code))
    return isOldTlsAllowed
      ? `at ${place} uses TLS that is too weak even for old servers (${about}): renew its certificate`
      : `at ${place} uses a certificate or keys that are too weak today, such as SHA-1 (${about}): ${older('renew its certificate')}`;
  if (noCommon.test(message))
    return isOldTlsAllowed
      ? `at ${place} has no cipher in common with this machine (${code}): update it`
      : `at ${place} has no cipher in common with this machine (${code}): ${older('update it')}`;
  return `at ${place} was not trusted (${code}): ${remedyOf(code)}`;
}

/** The setting is named as in the dialog. */
const older = (first: string): string => `${first}, or switch on "Allow old TLS" in this connection`;

/** What to do about a certificate that is not trusted, by its code. */
function remedyOf(code: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH')
    return 'its certificate is for another name: use that name in the address, or set it as server name in the TLS configuration';
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return 'its certificate is not valid at this time: renew it, or set the clock right';
  if (code === 'EPROTO') return 'the two could not agree on TLS: is https right for this port?';
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_OSSL_'))
    return 'TLS failed: check certificate and key in the TLS configuration';
  return 'its certificate is not signed by an authority known here: give that authority (CA) in the TLS configuration of this connection, or switch off certificate verification there';
}

/** For a server that hung up during the TLS handshake: it may be busy, or speak only versions that we refuse. */
export function closedEarly(code: string, message: string, place: string, isOldTlsAllowed: boolean): string | null {
  if (!/before secure TLS connection/i.test(message)) return null;
  const old = isOldTlsAllowed ? '' : ` If it speaks TLS 1.0 or 1.1 only: ${older('update it')}`;
  return `closed the connection to ${place} before TLS was agreed on (${code}): is https right for this port?${old}`;
}
