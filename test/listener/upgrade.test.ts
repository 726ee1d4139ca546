import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { clientFrame, opcodes, type RawAnswer, RawSocket, upgradeRequest } from '../support/raw-socket.js';
import { startListener, type TestListener } from './start-listener.js';

type Headers = Parameters<typeof upgradeRequest>[0];

async function answerTo(listener: TestListener, request: string): Promise<RawAnswer> {
  const raw = await RawSocket.connect(listener.port);
  raw.write(request);
  const answer = await raw.answer();
  raw.destroy();
  return answer;
}

describe('an upgrade', () => {
  it('is accepted with the answer of RFC 6455 section 1.3', async () => {
    const answer = await answerTo(await startListener(), upgradeRequest());
    expect(answer).toMatchObject({
      status: 101,
      headers: { upgrade: 'websocket', 'sec-websocket-accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' },
    });
    expect(answer.headers).not.toHaveProperty('sec-websocket-extensions');
  });

  const accepted: [string, Headers][] = [
    ['header values in any case', { Upgrade: 'WebSocket', Connection: 'upgrade' }],
    ['a list of connection options', { Connection: 'keep-alive, Upgrade' }],
    ['several lines of connection options', { Connection: ['keep-alive', 'Upgrade'] }],
    ['a list of protocols to upgrade to', { Upgrade: 'h2c, websocket' }],
    ['an extension it does not speak', { 'Sec-WebSocket-Extensions': 'permessage-deflate' }],
    ['a content-length of zero', { 'Content-Length': '0' }],
    ['an origin', { Origin: 'https://example.com' }],
  ];
  it.each(accepted)('is accepted with %s', async (_title, headers) => {
    const listener = await startListener();
    expect(await answerTo(listener, upgradeRequest(headers))).toMatchObject({ status: 101 });
  });

  const refused: [string, Headers, number, string][] = [
    ['no upgrade header', { Upgrade: undefined }, 426, 'expected the header upgrade: websocket, got none'],
    ['another protocol', { Upgrade: 'h2c' }, 426, 'expected the header upgrade: websocket, got "h2c"'],
    ['two upgrade headers', { Upgrade: ['websocket', 'websocket'] }, 400, 'expected one upgrade header, got 2'],
    [
      'no connection header',
      { Connection: undefined },
      400,
      'expected the header connection to hold upgrade, got none',
    ],
    [
      'another connection option',
      { Connection: 'close' },
      400,
      'expected the header connection to hold upgrade, got "close"',
    ],
    ['no version', { 'Sec-WebSocket-Version': undefined }, 426, 'expected sec-websocket-version to be 13, got none'],
    ['an old version', { 'Sec-WebSocket-Version': '8' }, 426, 'expected sec-websocket-version to be 13, got "8"'],
    [
      'two versions',
      { 'Sec-WebSocket-Version': ['13', '13'] },
      400,
      'expected one sec-websocket-version header, got 2',
    ],
    [
      'no key',
      { 'Sec-WebSocket-Key': undefined },
      400,
      'expected sec-websocket-key to be 16 bytes in base64, got none',
    ],
    [
      'a short key',
      { 'Sec-WebSocket-Key': 'AAAA' },
      400,
      'expected sec-websocket-key to be 16 bytes in base64, got "AAAA"',
    ],
    [
      'a key that is not base64',
      { 'Sec-WebSocket-Key': '!!!!!!!!!!!!!!!!!!!!!!==' },
      400,
      'expected sec-websocket-key to be 16 bytes in base64, got "!!!!!!!!!!!!!!!!!!!!!!=="',
    ],
    [
      'a key of 18 bytes',
      { 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAAAA' },
      400,
      'expected sec-websocket-key to be 16 bytes in base64, got "AAAAAAAAAAAAAAAAAAAAAAAA"',
    ],
    [
      'two keys',
      { 'Sec-WebSocket-Key': ['dGhlIHNhbXBsZSBub25jZQ==', 'AAAAAAAAAAAAAAAAAAAAAA=='] },
      400,
      'expected one sec-websocket-key header, got 2',
    ],
    ['two hosts', { Host: ['a', 'b'] }, 400, 'expected one host header, got 2'],
    ['two origins', { Origin: ['https://a', 'https://b'] }, 400, 'expected one origin header, got 2'],
    [
      'two authorizations',
      { Authorization: ['Bearer a', 'Bearer b'] },
      400,
      'expected one authorization header, got 2',
    ],
    ['a body', { 'Content-Length': '5' }, 400, 'expected no body, so no content-length, got "5"'],
    [
      'a chunked body',
      { 'Transfer-Encoding': 'chunked' },
      400,
      'expected no body, so no transfer-encoding, got "chunked"',
    ],
    [
      'unknown subprotocols only',
      { 'Sec-WebSocket-Protocol': 'graphql-ws, mqtt' },
      400,
      'expected sec-websocket-protocol to hold sluice.v1.msgpack or sluice.v1.json, got "graphql-ws, mqtt"',
    ],
  ];
  it.each(refused)('is refused with %s', async (_title, headers, status, message) => {
    const listener = await startListener();
    const answer = await answerTo(listener, upgradeRequest(headers));
    expect(answer).toMatchObject({ status, body: `${message}\n` });
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    if (status === 426) {
      expect(answer.headers).toMatchObject({ upgrade: 'websocket', 'sec-websocket-version': '13' });
    }
    expect(listener.sockets.sessions).toEqual([]);
    expect(listener.log.errors).toEqual([]);
  });

  it('is answered with what was got cut short and on one line', async () => {
    const { body } = await answerTo(await startListener(), upgradeRequest({ Upgrade: `"${'x'.repeat(500)}` }));
    expect(body.split('\n')).toHaveLength(2);
    expect(body.length).toBeLessThan(200);
    expect(body).toContain('\\"xxx');
  });

  it('is not needed for a plain GET to tell that there is a WebSocket here', async () => {
    const answer = await answerTo(await startListener(), 'GET /v1/socket HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(answer).toMatchObject({ status: 426, headers: { upgrade: 'websocket' } });
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('by %s is refused with 405 and the method to use', async (method) => {
    const listener = await startListener();
    const answer = await answerTo(listener, upgradeRequest().replace('GET', method));
    expect(answer).toMatchObject({
      status: 405,
      headers: { allow: 'GET' },
      body: `expected the method to be GET, got "${method}"\n`,
    });
  });

  it('is refused with 503 and the reason while the handler refuses', async () => {
    const listener = await startListener();
    listener.sockets.refusal = { status: 503, message: 'the gateway is shutting down' };
    expect(await answerTo(listener, upgradeRequest())).toMatchObject({
      status: 503,
      body: 'the gateway is shutting down\n',
    });
    listener.sockets.refusal = undefined;
    expect(await answerTo(listener, upgradeRequest())).toMatchObject({ status: 101 });
  });

  it('is answered with 500 when asking the handler throws, and the next one is fine', async () => {
    const listener = await startListener();
    const { refuse } = listener.sockets;
    listener.sockets.refuse = () => {
      throw new Error('a defect');
    };
    expect(await answerTo(listener, upgradeRequest())).toMatchObject({ status: 500, body: 'internal error\n' });
    expect(listener.log.errors).toMatchObject([{ fields: { err: { message: 'a defect' } } }]);
    listener.sockets.refuse = refuse;
    expect(await answerTo(listener, upgradeRequest())).toMatchObject({ status: 101 });
  });

  it('may follow a request on the same connection', async () => {
    const { port } = await startListener();
    const raw = await RawSocket.connect(port);
    raw.write('GET /nope HTTP/1.1\r\nHost: a\r\n\r\n');
    expect((await raw.answer()).status).toBe(404);
    raw.write(upgradeRequest());
    expect((await raw.answer()).status).toBe(101);
  });

  it('that is refused leaves the connection open for a better one', async () => {
    const { port, sockets } = await startListener();
    const raw = await RawSocket.connect(port);
    raw.write(upgradeRequest({ 'Sec-WebSocket-Version': '8' }));
    expect((await raw.answer()).status).toBe(426);
    raw.write(upgradeRequest());
    expect((await raw.answer()).status).toBe(101);
    expect(sockets.sessions).toHaveLength(1);
  });
});

describe('the subprotocol', () => {
  const chosen: [string, string | string[] | undefined, string, string | undefined][] = [
    ['is JSON, and not echoed, when none is offered', undefined, 'sluice.v1.json', undefined],
    ['is JSON, and not echoed, when an empty list is offered', ' , ', 'sluice.v1.json', undefined],
    ['is the one offered', 'sluice.v1.json', 'sluice.v1.json', 'sluice.v1.json'],
    ['is the one the server prefers', 'sluice.v1.json, sluice.v1.msgpack', 'sluice.v1.msgpack', 'sluice.v1.msgpack'],
    ['is the known one among unknown ones', 'a,sluice.v1.json , b', 'sluice.v1.json', 'sluice.v1.json'],
    ['may be offered on several lines', ['a', 'sluice.v1.json'], 'sluice.v1.json', 'sluice.v1.json'],
  ];
  it.each(chosen)('%s', async (_title, offered, subprotocol, echoed) => {
    const listener = await startListener();
    const answer = await answerTo(listener, upgradeRequest({ 'Sec-WebSocket-Protocol': offered }));
    expect(answer.status).toBe(101);
    expect(answer.headers['sec-websocket-protocol']).toBe(echoed);
    expect(listener.sockets.sessions[0]?.subprotocol).toBe(subprotocol);
  });

  it('is what a library is told', async () => {
    const { port } = await startListener();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/socket`, ['sluice.v1.json', 'sluice.v1.msgpack']);
    await once(socket, 'open');
    expect(socket.protocol).toBe('sluice.v1.msgpack');
    socket.terminate();
  });
});

describe('a frame in the packet of its upgrade', () => {
  it('does no harm, and what comes after the answer is read', async () => {
    const { port, sockets } = await startListener();
    const raw = await RawSocket.connect(port);
    raw.write(Buffer.concat([Buffer.from(upgradeRequest()), clientFrame(opcodes.text, 'too early')]));
    expect((await raw.answer()).status).toBe(101);
    raw.write(clientFrame(opcodes.text, 'in time'));
    await vi.waitFor(() => expect(sockets.sessions[0]?.messages.at(-1)?.text).toBe('in time'));
  });
});
