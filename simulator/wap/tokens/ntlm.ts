import { createHmac, timingSafeEqual } from 'node:crypto';
import { md4 } from './md4';

const signature = Buffer.from('NTLMSSP\0', 'ascii');
const flag = {
  unicode: 0x1,
  oem: 0x2,
  requestTarget: 0x4,
  ntlm: 0x200,
  alwaysSign: 0x8000,
  targetTypeDomain: 0x10000,
  extendedSecurity: 0x80000,
  targetInfo: 0x800000,
} as const;

/** What a client proves with its last message (type 3 of MS-NLMP). */
export interface NtlmAnswer {
  domain: string;
  user: string;
  ntResponse: Buffer;
}

/** The message inside `Authorization: NTLM …` and its type, or null. */
export function ntlmMessage(header: string | undefined): { type: number; bytes: Buffer } | null {
  const encoded = /^NTLM (\S+)$/i.exec(header ?? '')?.[1];
  const bytes = Buffer.from(encoded ?? '', 'base64');
  if (bytes.length < 16 || !bytes.subarray(0, 8).equals(signature)) return null;
  return { type: bytes.readUInt32LE(8), bytes };
}

/** Whether the client's first message (type 1) asks for texts in UTF-16. */
export function wantsUnicode(type1: Buffer): boolean {
  return (type1.readUInt32LE(12) & flag.unicode) !== 0;
}

/** The server's challenge (type 2): 8 bytes, and the domain it speaks for. */
export function challengeMessage(challenge: Buffer, domain: string, unicode: boolean): Buffer {
  const name = Buffer.from(domain, unicode ? 'utf16le' : 'latin1');
  const info = targetInfo(domain);
  const message = Buffer.alloc(48);
  signature.copy(message);
  message.writeUInt32LE(2, 8);
  writeField(message, 12, name.length, 48);
  const { requestTarget, ntlm, alwaysSign, targetTypeDomain, extendedSecurity } = flag;
  const common = requestTarget | ntlm | alwaysSign | targetTypeDomain | extendedSecurity | flag.targetInfo;
  message.writeUInt32LE(common | (unicode ? flag.unicode : flag.oem), 20);
  challenge.copy(message, 24);
  writeField(message, 40, info.length, 48 + name.length);
  return Buffer.concat([message, name, info]);
}

/** Reads type 3; null when its fields point outside of it. */
export function readAnswer(type3: Buffer, unicode: boolean): NtlmAnswer | null {
  const ntResponse = field(type3, 20);
  const domain = field(type3, 28);
  const user = field(type3, 36);
  if (!ntResponse || !domain || !user) return null;
  const encoding = unicode ? 'utf16le' : 'latin1';
  return { domain: domain.toString(encoding), user: user.toString(encoding), ntResponse };
}

/** Whether the answer (NTLMv2 only) proves that the client knows the password. */
export function provesPassword(answer: NtlmAnswer, challenge: Buffer, password: string): boolean {
  const proof = answer.ntResponse.subarray(0, 16);
  const blob = answer.ntResponse.subarray(16);
  if (blob.length < 28) return false;
  const hash = md4(Buffer.from(password, 'utf16le'));
  const key = hmac(hash, Buffer.from(answer.user.toUpperCase() + answer.domain, 'utf16le'));
  return timingSafeEqual(hmac(key, Buffer.concat([challenge, blob])), proof);
}

function hmac(key: Buffer, message: Buffer): Buffer {
  return createHmac('md5', key).update(message).digest();
}

/** The domain's name as attribute 2, then the end mark. */
function targetInfo(domain: string): Buffer {
  const name = Buffer.from(domain, 'utf16le');
  const head = Buffer.alloc(4);
  head.writeUInt16LE(2, 0);
  head.writeUInt16LE(name.length, 2);
  return Buffer.concat([head, name, Buffer.alloc(4)]);
}

function writeField(message: Buffer, at: number, length: number, offset: number): void {
  message.writeUInt16LE(length, at);
  message.writeUInt16LE(length, at + 2);
  message.writeUInt32LE(offset, at + 4);
}

function field(message: Buffer, at: number): Buffer | null {
  if (message.length < at + 8) return null;
  const length = message.readUInt16LE(at);
  const offset = message.readUInt32LE(at + 4);
  if (length === 0) return Buffer.alloc(0);
  return offset + length <= message.length ? message.subarray(offset, offset + length) : null;
}
