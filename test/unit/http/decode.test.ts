import assert from 'node:assert/strict';
import { createHttp } from '../../../lib/http/client';
import { openUsage } from '../../../lib/wap/client/usage-client';
import { anEvent } from '../../builders';
import { InstantClock } from './instant-clock';
import { startPeer } from './peer';

const utf8 = (text: string) => Buffer.from(text, 'utf8');
const utf16 = (text: string) => Buffer.from(text, 'utf16le');
const swapped = (bytes: Buffer) => Buffer.from(bytes).swap16();
const bytes = (...parts: Array<Buffer | number[]>) => Buffer.concat(parts.map(part => Buffer.from(part)));
const name = 'Grün';
const document = JSON.stringify({ name });

/** Bodies with the same document, as servers of different ages send it. */
const bodies: Array<[string, Buffer, string]> = [
  ['UTF-8', utf8(document), 'application/json'],
  ['UTF-8 with a mark', bytes([0xef, 0xbb, 0xbf], utf8(document)), 'application/json; charset=utf-8'],
  ['UTF-8 with two marks', bytes([0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf], utf8(document)), 'application/json'],
  ['UTF-16 with a mark', bytes([0xff, 0xfe], utf16(document)), 'application/json; charset=utf-16'],
  ['UTF-16 the other way round', bytes([0xfe, 0xff], swapped(utf16(document))), 'application/json'],
  ['UTF-16 without a mark', utf16(document), 'application/json; charset=utf-16'],
  ['UTF-16 the other way round without a mark', swapped(utf16(document)), 'application/json'],
  ['windows-1252', Buffer.from(document, 'latin1'), 'application/json; charset=windows-1252'],
  ['a charset in quotes', Buffer.from(document, 'latin1'), 'text/json; charset="ISO-8859-1"'],
  ['a charset that it is not in', utf8(document), 'application/json; charset=iso-8859-1'],
  ['letters of Windows that call themselves UTF-8', Buffer.from(document, 'latin1'), 'application/json; charset=utf-8'],
  ['a charset that nobody knows', utf8(document), 'application/json; charset=x-unknown'],
  ['the type of a page', utf8(document), 'text/html; charset=utf-8'],
  ['the type of a plain text', utf8(document), 'text/plain'],
  ['no type', utf8(document), ''],
  [
    'line ends of all kinds',
    utf8(`\r\n${document.replace('{', '{\r\n\t').replace('}', '\r}')}\n\r\n`),
    'application/json',
  ],
  ['marks at its end', utf8(`${document}\r\n\0\x1a`), 'application/json'],
  ['a guard before it', utf8(`)]}',\n${document}`), 'application/json'],
];

describe('bodies of servers of all ages', () => {
  const open: Array<{ close(): unknown }> = [];
  afterEach(async () => {
    for (const thing of open.splice(0).reverse()) await thing.close();
  });

  async function answering(body: Buffer, type: string) {
    const server = await startPeer([
      (_req, res) => res.writeHead(200, type === '' ? {} : { 'content-type': type }).end(body),
    ]);
    const limits = { attemptTimeoutMs: 5_000, totalTimeoutMs: 60_000, retries: 0 };
    const http = createHttp('BILLING', { baseUrl: server.url, ...limits }, undefined, new InstantClock());
    open.push(server, http);
    return http;
  }
  const call = { method: 'GET', path: '/', repeatable: true, subject: 'x' } as const;

  for (const [title, body, type] of bodies)
    it(`are read in ${title}, in each way of reading`, async () => {
      const http = await answering(body, type);
      assert.deepEqual((await http.call(call)).body, { name });
      const both = (await http.call({ ...call, read: 'both' })).body as { bytes: Buffer; json: unknown };
      assert.deepEqual(both.json, { name });
      assert.deepEqual(JSON.parse(both.bytes.toString('utf8')), { name });
      assert.match(String((await http.call({ ...call, read: 'text' })).body), /"Grün"/);
    });

  it('are read with line breaks inside of a text', async () => {
    const http = await answering(utf8('{"name":"one\r\ntwo","path":"c:\\\\x\t"}'), 'application/json');
    assert.deepEqual((await http.call(call)).body, { name: 'one\r\ntwo', path: 'c:\\x\t' });
  });

  it('hold events whose times are written as .NET wrote them', async () => {
    const event = { ...anEvent(), NotificationEventTimeCreated: '/Date(1384389955000+0000)/' };
    const usage = openUsage(await answering(bytes([0xef, 0xbb, 0xbf], utf8(JSON.stringify([event]))), 'text/html'));
    assert.equal((await usage.events('plans', 0, 10))?.length, 1);
  });
});
