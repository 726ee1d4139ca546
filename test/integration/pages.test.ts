/** Files for browsers beside everything else: what is served, what is not, and a page that connects. */
import { afterEach, describe, expect, it } from 'vitest';
import { echo } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { startChromium } from '../browser/chromium.js';
import { pageFolder } from '../pages/page-folder.js';
import { post } from '../support/http-post.js';
import { httpRequest, type RawAnswer, RawSocket } from '../support/raw-socket.js';
import { TestClient } from '../support/test-client.js';
import { expectConservation, type Logged, startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway | undefined;

afterEach(async () => {
  if (gateway !== undefined) await expectConservation(gateway);
  gateway?.close();
  gateway = undefined;
});

const script = `${'// A comment that goes on.\n'.repeat(100)}export const ready = true;\n`;
const files = { 'index.html': '<!doctype html><p>hello', 'app/index.html': 'app', 'app/main.js': script };

async function start(
  served: Readonly<Record<string, string | Uint8Array>> = files,
  lines?: Logged[],
): Promise<Gateway> {
  gateway = await startTestGateway([echo], { pages: [pageFolder(served)] }, lines);
  return gateway;
}

/** What a raw request is answered with: no client library changes the path on its way. */
async function raw(port: number, method: string, path: string, headers = ''): Promise<RawAnswer> {
  const socket = await RawSocket.connect(port);
  socket.write(httpRequest(method, path, headers));
  const answer = await socket.answer(method !== 'HEAD');
  socket.destroy();
  return answer;
}

describe('pages', () => {
  it('are served from memory, with their type', async () => {
    const { port } = await start();
    const index = await raw(port, 'GET', '/');
    expect(index).toMatchObject({ status: 200, body: files['index.html'] });
    expect(index.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(files['index.html'].length),
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      etag: expect.stringMatching(/^"\S+"$/),
    });
    expect((await raw(port, 'GET', '/index.html?v=2')).body).toBe(files['index.html']);
    expect((await raw(port, 'GET', '/?from=elsewhere')).body).toBe(files['index.html']);
    expect((await raw(port, 'GET', '/app/')).body).toBe('app');
    const main = await raw(port, 'GET', '/app/main.js');
    expect([main.body, main.headers['content-type']]).toEqual([script, 'text/javascript; charset=utf-8']);
  });

  it('are not sent again to who has them, and HEAD is answered without a body', async () => {
    const { port } = await start();
    const { headers } = await raw(port, 'GET', '/app/main.js');
    const again = await raw(port, 'GET', '/app/main.js', `If-None-Match: ${headers.etag}\r\n`);
    expect([again.status, again.body, again.headers.etag]).toEqual([304, '', headers.etag]);
    expect(again.headers).not.toHaveProperty('content-length');
    expect((await raw(port, 'GET', '/app/main.js', 'If-None-Match: "other"\r\n')).status).toBe(200);
    const head = await raw(port, 'HEAD', '/app/main.js');
    expect([head.status, head.headers]).toEqual([200, { ...headers, date: head.headers.date }]);
    expect((await raw(port, 'HEAD', '/app/main.js', `If-None-Match: ${headers.etag}\r\n`)).status).toBe(304);
  });

  it('are compressed for those who accept it', async () => {
    const { port } = await start();
    const answer = await fetch(`http://127.0.0.1:${port}/app/main.js`, { headers: { 'accept-encoding': 'gzip' } });
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(await answer.text()).toBe(script);
    const head = await raw(port, 'HEAD', '/app/main.js', 'Accept-Encoding: br, gzip\r\n');
    expect(Number(head.headers['content-length'])).toBeLessThan(script.length / 5);
    expect((await raw(port, 'GET', '/app/main.js', 'Accept-Encoding: gzip;q=0\r\n')).body).toBe(script);
  });

  it('of some megabytes arrive whole, in either form', async () => {
    const large = Buffer.from(Array.from({ length: 4 << 20 }, (_, i) => 97 + ((i * 2_654_435_761) >>> 28)));
    const { port } = await start({ 'large.txt': large });
    for (const coding of ['identity', 'gzip']) {
      const answer = await fetch(`http://127.0.0.1:${port}/large.txt`, { headers: { 'accept-encoding': coding } });
      expect(answer.headers.get('content-encoding') ?? 'identity').toBe(coding);
      expect(Buffer.from(await answer.arrayBuffer()).equals(large)).toBe(true);
    }
  });

  it('of clients that do not read them are kept once, and not for each', async () => {
    const { port } = await start({ 'large.png': Buffer.alloc(4 << 20) });
    const before = process.memoryUsage().arrayBuffers;
    const sockets: RawSocket[] = [];
    for (let i = 0; i < 20; i += 1) {
      const socket = await RawSocket.connect(port);
      socket.socket.pause();
      socket.write(httpRequest('GET', '/large.png'));
      sockets.push(socket);
    }
    // It is read after them.
    expect((await raw(port, 'GET', '/')).status).toBe(404);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20);
    // Who reads at last has it whole.
    const [first] = sockets;
    first?.socket.resume();
    expect((await first?.answer())?.body.length).toBe(4 << 20);
    for (const socket of sockets) socket.destroy();
  });

  it.each([
    '/none',
    '/app',
    '/app/main.js/',
    '//',
    '/index.html/',
    '/INDEX.HTML',
    '/../package.json',
    '/app/../../package.json',
    '/app/../index.html',
    '/%2e%2e/package.json',
    '/..%2fpackage.json',
    '/app/%2e%2e/index.html',
    '/./index.html',
    '/app//main.js',
    '/.env',
    '/%2eenv',
    '/index.html%00',
    '/..\\package.json',
    '/*',
    '/:name',
  ])('are exactly those there are: %s is the usual 404', async (path) => {
    const { port } = await start({ ...files, '.env': 'secret' });
    const { status, body, headers } = await raw(port, 'GET', path);
    expect([status, headers['content-type']]).toEqual([404, 'text/plain; charset=utf-8']);
    expect(body).toMatch(/^expected a path that is served here, got "/);
  });

  it('take no other method, and no body', async () => {
    const { port } = await start();
    const posted = await raw(port, 'POST', '/');
    expect([posted.status, posted.headers.allow]).toEqual([405, 'GET, HEAD']);
    const socket = await RawSocket.connect(port);
    socket.write(httpRequest('GET', '/', 'Content-Length: 5\r\n', 'hello'));
    expect((await socket.answer()).status).toBe(413);
    socket.destroy();
  });

  it('never take a path of the gateway', async () => {
    const own = ['healthz', 'readyz', 'metrics', 'v1/events', 'v1/socket', 'v1/topics/a'];
    const paths = own.map((path) => `/${path}`);
    const plain = await startTestGateway([echo]);
    const expected = [];
    for (const path of paths) expected.push((await raw(plain.port, 'HEAD', path)).status);
    plain.close();
    const lines: Logged[] = [];
    const { port } = await start(Object.fromEntries(own.map((path) => [path, 'taken'])), lines);
    const answers = [];
    for (const path of paths) answers.push(await raw(port, 'HEAD', path));
    expect(answers.map(({ status }) => status)).toEqual(expected);
    expect(answers.filter(({ headers }) => headers['content-security-policy'] !== undefined)).toEqual([]);
    expect(lines.map(({ path }) => path)).toEqual(paths.toSorted());
  });

  it('stand beside sockets and events, and not on the port of operators', async () => {
    const { port, adminPort } = await start();
    const client = await TestClient.connect(port);
    expect(await client.request({ id: 1, type: 'echo', data: 'hello' })).toMatchObject({ op: 'end', data: 'hello' });
    await client.close();
    expect((await post(port, { type: 'echo', data: 'hello' })).body).toBe('hello');
    expect((await raw(port, 'GET', '/healthz')).body).toBe('ok\n');
    for (const path of ['/', '/index.html', '/app/main.js']) {
      expect((await raw(adminPort, 'GET', path)).status).toBe(404);
    }
  });

  it('that cannot be read keep the gateway from starting', async () => {
    await expect(startTestGateway([], { pages: ['/none/pages'] })).rejects.toThrow(
      'pages: expected to read /none/pages, got nothing',
    );
  });
});

describe('a page in a browser', () => {
  it('runs its script, which may open a WebSocket here and nothing elsewhere, and is taken from the cache', async () => {
    const { url } = await start({
      'index.html': `<!doctype html><link rel="icon" href="data:,"><link rel="stylesheet" href="main.css">
        <p id="out"></p><script>document.title = "inline"</script><script type="module" src="main.js"></script>`,
      'main.css': 'p { color: rgb(1, 2, 3) }',
      'main.js': `${script}
        const out = document.querySelector('#out');
        const socket = new WebSocket(\`ws://\${location.host}/v1/socket\`, 'sluice.v1.json');
        socket.onopen = () => socket.send('{"op":"event","id":1,"type":"echo","data":"hello"}');
        socket.onmessage = async ({ data }) => {
          const frame = JSON.parse(data);
          if (frame.op !== 'end') return;
          const elsewhere = await fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'blocked');
          out.textContent = \`\${frame.data} \${elsewhere}\`;
          socket.close();
        };`,
    });
    const browser = await startChromium();
    try {
      const page = await browser.newPage();
      await page.addInitScript(`globalThis.violated = [];
        document.addEventListener('securitypolicyviolation', (event) => violated.push(event.effectiveDirective));`);
      const shown = async (): Promise<void> => {
        await expect.poll(() => page.textContent('#out'), { timeout: 10_000 }).toBe('hello blocked');
        expect(await page.evaluate("getComputedStyle(document.querySelector('#out')).color")).toBe('rgb(1, 2, 3)');
        expect(await page.title()).toBe('');
        expect(await page.evaluate('violated.sort()')).toEqual(['connect-src', 'script-src-elem']);
      };
      const sentBytes =
        "performance.getEntriesByType('resource').find(({ name }) => name.endsWith('.js')).transferSize";
      await page.goto(url);
      await shown();
      expect(await page.evaluate(sentBytes)).toBeGreaterThan(300);
      await page.reload();
      await shown();
      // What Resource Timing has for a kept response that was asked for, and is the same still.
      expect(await page.evaluate(sentBytes)).toBe(300);
    } finally {
      await browser.close();
    }
  }, 40_000);
});
