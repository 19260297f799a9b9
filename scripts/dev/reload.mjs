/** Tells open pages of the editor to load themselves again. */
import { createServer } from 'node:http';

/** `{ script, reload }`: `script` runs in the page, `reload()` answers how many pages were told. Whoever has changes that are not
 *  deployed is asked by the page first. */
export async function reloadServer() {
  const pages = new Set();
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'access-control-allow-origin': '*' });
    response.flushHeaders();
    pages.add(response);
    request.once('close', () => pages.delete(response));
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  server.unref(); // what could not start ends
  const { port } = server.address();
  return {
    script: `new EventSource('http://127.0.0.1:${port}/').onmessage = () => location.reload();\n`,
    reload() {
      for (const page of pages) page.write('data: built\n\n');
      return pages.size;
    },
  };
}
