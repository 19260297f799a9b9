import type { Node, NodeAPI } from 'node-red';
import type { Saved } from './evaluate';
import { failureOf } from './failure';
import type { Closable } from './shared-handle';

/** Placeholder by which the editor says that a stored password was not changed. */
const unchanged = '__PWRD__';
const limitMs = 20_000;

/** Test connection: `POST /wap-billing/check/<type>` with the dialog's values. Needs the permission to write flows,
 *  because it makes the server call an address that the caller chose. Answers `{ ok, text, code? }`. */
export function checkRoute<H extends Closable>(
  RED: NodeAPI,
  type: string,
  open: (node: Node, saved: Saved, secrets: Saved) => Promise<H>,
  check: (handle: H, signal: AbortSignal) => Promise<string>,
): void {
  RED.httpAdmin.post(`/wap-billing/check/${type}`, RED.auth.needsPermission('flows.write'), (request, response) => {
    const { id, saved, secrets } = readBody(request.body);
    const node = RED.nodes.getNode(id);
    const attempt = async () => {
      const handle = await open(node, saved, withStored(RED, id, secrets));
      try {
        return await check(handle, AbortSignal.timeout(limitMs));
      } finally {
        await handle.close();
      }
    };
    attempt().then(
      text => response.json({ ok: true, text }),
      error => {
        const failure = failureOf(RED, error);
        response.json({ ok: false, text: failure.message, code: failure.code });
      },
    );
  });
}

function readBody(body: unknown): { id: string; saved: Saved; secrets: Saved } {
  const { id, saved, secrets } = (typeof body === 'object' && body !== null ? body : {}) as Saved;
  return { id: typeof id === 'string' ? id : '', saved: asSaved(saved), secrets: asSaved(secrets) };
}

const asSaved = (value: unknown): Saved => (typeof value === 'object' && value !== null ? { ...value } : {});

function withStored(RED: NodeAPI, id: string, secrets: Saved): Saved {
  const stored = asSaved(RED.nodes.getCredentials(id));
  return Object.fromEntries(
    Object.entries(secrets).map(([name, value]) => [name, value === unchanged ? stored[name] : value]),
  );
}
