import http from 'node:http';
import https from 'node:https';

export interface Question {
  method: string;
  url: string;
  headers: Record<string, string>;
  /** JSON, sent with `Expect: 100-continue`; null: none. */
  body: string | null;
  insecure: boolean;
  signal: AbortSignal;
}

/** How long WAP's client waits for a 100 before it sends the body all the same (that of .NET). */
const continueMs = 350;

/** One request as WAP makes it: the body follows when the other side lets it. */
export function ask(question: Question): Promise<{ status: number; text: string }> {
  const { method, url, headers, body, insecure, signal } = question;
  return new Promise((resolve, reject) => {
    const options = { method, headers: headersOf(headers, body), agent: false, signal } as const;
    const request = url.startsWith('https:')
      ? https.request(url, { ...options, rejectUnauthorized: !insecure })
      : http.request(url, options);
    request.on('error', reject);
    request.on('response', response => {
      clearTimeout(timer);
      const parts: Buffer[] = [];
      response.on('data', part => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') });
        // Refused before the body was asked for: it is never sent.
        if (!request.writableEnded) request.destroy();
      });
    });
    const send = () => {
      clearTimeout(timer);
      if (!request.writableEnded) request.end(body ?? undefined);
    };
    const timer = setTimeout(send, body === null ? 0 : continueMs);
    request.on('close', () => clearTimeout(timer));
    request.on('continue', send);
    if (body === null) send();
    else request.flushHeaders();
  });
}

function headersOf(headers: Record<string, string>, body: string | null): Record<string, string> {
  if (body === null) return headers;
  return {
    ...headers,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    Expect: '100-continue',
  };
}
