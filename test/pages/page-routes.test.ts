import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { HttpExchange, HttpRequest } from '../../src/model/transport.js';
import { pageRoutes } from '../../src/pages/page-routes.js';
import { readPages } from '../../src/pages/read-pages.js';
import { pageFolder } from './page-folder.js';

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Serves a folder of these files. @returns what asks for a path, and the log */
function serve(files: Readonly<Record<string, string | Uint8Array>>) {
  const warnings: object[] = [];
  const routes = pageRoutes(readPages([pageFolder(files)]), { warn: (fields) => void warnings.push(fields) });
  const ask = (path: string, headers: Readonly<Record<string, string>> = {}): Answered | undefined => {
    const route = routes.find((each) => each.path === path);
    const answers: Answered[] = [];
    const respond = (status: number, sent: Readonly<Record<string, string>>, body: string | Uint8Array): void => {
      answers.push({ status, headers: sent, body: Buffer.from(body) });
    };
    const exchange = { respond, respondKept: respond };
    const request = { header: (name: string) => headers[name] ?? '' } as HttpRequest;
    route?.handle(request, exchange as unknown as HttpExchange);
    expect(answers.length).toBe(route === undefined ? 0 : 1);
    return answers[0];
  };
  return { ask, routes, warnings };
}

const long = 'all work and no play\n'.repeat(200);
const gzip = { 'accept-encoding': 'gzip' };

describe('a page', () => {
  it('is compressed when that is text, over 1 KiB, wanted, and of use', () => {
    const noise = Buffer.concat(Array.from({ length: 128 }, (_, i) => createHash('sha256').update(`${i}`).digest()));
    const { ask } = serve({
      'long.txt': long,
      'edge.txt': 'a'.repeat(1024),
      'over.txt': 'a'.repeat(1025),
      'a.png': long,
      'noise.txt': noise,
    });
    const long200 = ask('/long.txt', gzip);
    expect(long200?.headers).toMatchObject({ 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' });
    expect(gunzipSync(long200?.body ?? '').toString()).toBe(long);
    expect(ask('/over.txt', gzip)?.headers['Content-Encoding']).toBe('gzip');
    const plain = ask('/long.txt');
    expect(plain?.headers).toMatchObject({ Vary: 'Accept-Encoding', 'Content-Type': 'text/plain; charset=utf-8' });
    expect(plain?.headers).not.toHaveProperty('Content-Encoding');
    expect(plain?.body.toString()).toBe(long);
    for (const path of ['/edge.txt', '/a.png', '/noise.txt']) {
      expect(Object.keys(ask(path, gzip)?.headers ?? {})).not.toContain('Content-Encoding');
      expect(Object.keys(ask(path, gzip)?.headers ?? {})).not.toContain('Vary');
    }
    expect(ask('/noise.txt', gzip)?.body).toEqual(noise);
  });

  it('has a tag of its own in each form, by which it is not sent again', () => {
    const { ask } = serve({ 'a.txt': long, 'same.txt': long, 'other.txt': `${long}!` });
    const [plain, packed] = [ask('/a.txt')?.headers.ETag ?? '', ask('/a.txt', gzip)?.headers.ETag ?? ''];
    expect(plain).toMatch(/^"[A-Za-z0-9_-]{22}"$/);
    expect(packed).not.toBe(plain);
    expect(ask('/same.txt')?.headers.ETag).toBe(plain);
    expect(ask('/other.txt')?.headers.ETag).not.toBe(plain);
    expect(ask('/a.txt', { 'if-none-match': plain })).toMatchObject({ status: 304, body: Buffer.alloc(0) });
    expect(ask('/a.txt', { 'if-none-match': packed, ...gzip })?.status).toBe(304);
    expect(ask('/a.txt', { 'if-none-match': packed })?.status).toBe(200);
    expect(ask('/a.txt', { 'if-none-match': plain, ...gzip })?.status).toBe(200);
  });

  it('tells the browser to ask again, not to guess, and to run nothing but scripts of its origin', () => {
    const { ask } = serve({ 'index.html': '<p>' });
    const tag = ask('/')?.headers.ETag ?? '';
    for (const answer of [ask('/'), ask('/', { 'if-none-match': tag })]) {
      expect(answer?.headers).toMatchObject({
        ETag: tag,
        'Cache-Control': 'no-cache',
        'X-Content-Type-Options': 'nosniff',
        'Content-Security-Policy': expect.stringMatching(/^default-src 'none'; script-src 'self'; style-src 'self'; /),
      });
      expect(answer?.headers['Content-Security-Policy']).not.toContain('unsafe');
    }
    expect(ask('/', { 'if-none-match': tag })?.headers).not.toHaveProperty('Content-Type');
  });

  it('is at each of its paths, and an empty one is a page', () => {
    const { ask, routes } = serve({ 'index.html': '1', 'b/index.html': '', 'c.txt': '3' });
    expect(routes.map(({ path }) => path)).toEqual(['/b/index.html', '/b/', '/c.txt', '/index.html', '/']);
    expect(ask('/b/')).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    expect(ask('/b')).toBe(undefined);
  });

  it('is left out, and told in the log, at a path the gateway keeps for itself', () => {
    const { routes, warnings } = serve({
      'healthz/index.html': '',
      metrics: '',
      readyz: '',
      'v1/index.html': '',
      'v1/topics/a': '',
      'v1.html': '',
      'v10/a': '',
      'metrics.json': '',
      'a/metrics': '',
    });
    expect(routes.map(({ path }) => path)).toEqual(['/a/metrics', '/metrics.json', '/v1.html', '/v10/a']);
    expect(warnings).toEqual(
      ['/healthz/index.html', '/metrics', '/readyz', '/v1/index.html', '/v1/topics/a'].map((path) => ({ path })),
    );
  });
});
