/** Where the demo's own button asks to begin anew: on this machine only, by an address that nobody else knows. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

/** `{ url, close }`. `begin` is called once the answer is out. */
export async function resetServer(begin) {
  const path = `/${randomBytes(18).toString('base64url')}`;
  const server = createServer((request, response) => {
    request.resume();
    if (request.method !== 'POST' || request.url !== path) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'text/plain', connection: 'close' }).end('the demo begins anew');
    response.once('finish', begin);
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  server.unref(); // a demo that could not start ends
  return { url: `http://127.0.0.1:${server.address().port}${path}`, close: () => server.close() };
}
