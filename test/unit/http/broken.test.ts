import assert from 'node:assert/strict';
import { failureOfBreak, type PeerFacts } from '../../../lib/http/broken';
import { fieldErrors } from '../../../lib/http/field-errors';
import { TunnelRefused } from '../../../lib/http/tunnel';

const peer: PeerFacts = {
  ...{ place: 'wap:30004', maxBodyBytes: 1000, isHttps: false, isOldTlsAllowed: false, hasAnswered: false },
  hint: ' Is it on?',
};
const error = (code: string, message = '', more: object = {}) => Object.assign(new Error(message), { code, ...more });
const wrapped = (cause: unknown) => Object.assign(new Error('outer'), { cause });
const alert = Buffer.from([0x15, 3, 1]);
const allowed = { isOldTlsAllowed: true };

describe('a connection that broke', () => {
  for (const [broken, more, kind, text, flags] of [
    [error('ECONNREFUSED'), {}, 'NETWORK', /nothing listens at wap:30004 \(ECONNREFUSED\) Is it on\?$/, 'transient'],
    [error('ENOTFOUND'), {}, 'NETWORK', /the host name of wap:30004 is not known \(ENOTFOUND\) Is it/, 'transient'],
    [error('ETIMEDOUT', '', { syscall: 'connect' }), {}, 'NETWORK', /\(ETIMEDOUT\) Is it on\?$/, 'transient'],
    [error('ETIMEDOUT', '', { syscall: 'read' }), {}, 'NETWORK', /\(ETIMEDOUT\)$/, 'transient executed'],
    ['odd', {}, 'NETWORK', /could not be reached at wap:30004 \(no code\)$/, 'transient executed'],
    [wrapped(error('ECONNRESET')), {}, 'NETWORK', /\(ECONNRESET\): does this port want https\?$/, 'transient executed'],
    [error('EPIPE'), { hasAnswered: true }, 'NETWORK', /wap:30004 \(EPIPE\)$/, 'transient executed'],
    [error('ECONNRESET', '', { response: {} }), {}, 'NETWORK', /broke off its answer$/, 'transient executed'],
    [error('ERR_BAD_RESPONSE'), {}, 'BAD_RESPONSE', /answered more than 1000 bytes$/, 'executed'],
    [error('HPE_INVALID', '', { rawPacket: alert }), {}, 'BAD_RESPONSE', /speaks TLS .*: write https/, 'executed'],
    [error('HPE_INVALID'), {}, 'BAD_RESPONSE', /did not answer in HTTP .*: are address and port right\?$/, 'executed'],
    [wrapped(new TunnelRefused(407)), {}, 'NETWORK', /the proxy did not accept its user and password$/, ''],
    [wrapped(new TunnelRefused(502)), {}, 'NETWORK', /the proxy answered 502$/, 'transient'],
    [
      error('ECONNRESET', 'Client network socket disconnected before secure TLS connection was established'),
      ...[
        {},
        'NETWORK',
        /before TLS was agreed on .* If it speaks TLS 1\.0 or 1\.1 only: .*Allow old TLS/,
        'transient',
      ],
    ],
    [error('ECONNRESET', 'before secure TLS connection'), allowed, 'NETWORK', /right for this port\?$/, 'transient'],
    [error('CERT_HAS_EXPIRED'), {}, 'TLS', /was not trusted .*not valid at this time: renew it/, ''],
    [error('HOSTNAME_MISMATCH'), {}, 'TLS', /its certificate is for another name/, ''],
    [error('DEPTH_ZERO_SELF_SIGNED_CERT'), {}, 'TLS', /not signed by an authority known here/, ''],
    [error('EPROTO'), {}, 'TLS', /the two could not agree on TLS/, ''],
    [error('ERR_SSL_OTHER'), {}, 'TLS', /check certificate and key in the TLS configuration/, ''],
    [error('EPROTO', 'wrong version number'), {}, 'TLS', /does not speak TLS/, ''],
    [error('EPROTO', 'unsupported protocol'), {}, 'TLS', /TLS 1\.0 or 1\.1 only.*Allow old TLS/, ''],
    [error('EPROTO', 'unsupported protocol'), allowed, 'TLS', /speaks none of TLS 1\.0 to 1\.3/, ''],
    [
      error('UNSPECIFIED', 'md too weak'),
      {},
      'TLS',
      /too weak today, such as SHA-1 \(md too weak\).*Allow old TLS/,
      '',
    ],
    [error('EPROTO', 'key too small'), allowed, 'TLS', /too weak even for old servers \(EPROTO\)/, ''],
    [error('EPROTO', 'handshake failure'), {}, 'TLS', /no cipher in common .*Allow old TLS/, ''],
    [error('EPROTO', 'handshake failure'), allowed, 'TLS', /no cipher in common .*: update it$/, ''],
  ] as Array<[unknown, Partial<PeerFacts>, string, RegExp, string]>)
    it(`says ${text.source}`, () => {
      const { kind: found, text: said, transient, maybeExecuted } = failureOfBreak(broken, { ...peer, ...more });
      const shown = [transient ? 'transient' : '', maybeExecuted ? 'executed' : ''].filter(Boolean).join(' ');
      assert.match(said, text);
      assert.deepEqual([found, shown], [kind, flags]);
    });
});

describe('what an error body says about fields', () => {
  for (const [body, said] of [
    [{ errors: { name: ['is taken', 'is short'], code: 7 } }, ['name: is taken', 'name: is short', 'code: 7']],
    [{ errors: [{ id: 'unknown' }, null, ' '] }, ['0.id: unknown']],
    [{ details: 'all is wrong', other: 'x' }, ['all is wrong']],
    [{ error_details: { a: { b: { c: { d: { e: 'deep' } } } } } }, ['a.b.c.d.e: deep']],
    [{ error_details: { a: { b: { c: { d: { e: { f: 'deeper' } } } } } } }, []],
    [{ errors: true }, []],
  ] as const)
    it(`is ${said.join(', ') || 'nothing'} in ${JSON.stringify(body)}`, () =>
      assert.deepEqual(fieldErrors(body), said));

  it('is ten things at most', () => {
    const many = Array.from({ length: 20 }, (_none, index) => `error ${index}`);
    for (const errors of [many, { a: many, b: many }, Object.fromEntries(many.map(each => [each, 'x']))])
      assert.equal(fieldErrors({ errors, details: many }).length, 10);
  });
});
