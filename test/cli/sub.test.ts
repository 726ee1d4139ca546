/** `sluice sub` against a gateway, in a process of its own. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Gateway } from '../../src/gateway.js';
import { post } from '../support/http-post.js';
import { range, say } from '../support/say.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';
import { ClientProcess, endClientProcesses, ran } from './client-process.js';

// Each starts several processes, on a machine that may have others to run.
vi.setConfig({ testTimeout: 60_000 });

let gateway: Gateway;

const start = async (parts: Record<string, unknown> = {}) => {
  gateway = await startTestGateway([say], parts);
};
const url = () => ['--url', `ws://127.0.0.1:${gateway.port}`];
const publish = async (topic: string, all: readonly unknown[], keys?: readonly string[]) => {
  const data = { topic, all, ...(keys === undefined ? {} : { keys }) };
  return (await post(gateway.port, { type: 'say', data })).body as { readonly epoch: string }[];
};
const following = async (words: readonly string[], subscriptions = 1) => {
  const child = new ClientProcess(['sub', ...url(), ...words]);
  await child.until(() => gateway.inUse().subscriptions === subscriptions);
  return child;
};

afterEach(async () => {
  endClientProcesses();
  await expectConservation(gateway).finally(() => gateway.close());
});

describe('sluice sub', () => {
  it('writes messages until there were enough, in either encoding', async () => {
    await start();
    const json = await following(['a.b', '--count', '2', '--json']);
    const msgpack = await following(['a.*', '--count', '3', '--encoding', 'msgpack'], 2);
    const [first] = await publish('a.b', ['x', { y: 1 }, 'z'], ['k', 'k', 'l']);
    const ended = await Promise.all([json.ended, msgpack.ended]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    const epoch = first?.epoch;
    expect(json.lines).toEqual([
      { kind: 'subscribed', topic: 'a.b', epoch, offset: 0, recovered: true },
      { kind: 'message', topic: 'a.b', offset: 1, epoch, data: 'x', key: 'k' },
      { kind: 'message', topic: 'a.b', offset: 2, epoch, data: { y: 1 }, key: 'k' },
    ]);
    expect(msgpack.stdout).toBe('a.b 1 [k] "x"\na.b 2 [k] {"y":1}\na.b 3 [l] "z"\n');
    expect(msgpack.stderr).toBe('following a.*\n');
    await expect.poll(() => gateway.inUse().subscriptions).toBe(0);
  });

  it('begins further back, or behind a message, and tells what is not there any more', async () => {
    await start({ topics: { messages: 4 } });
    const [{ epoch } = { epoch: '' }] = await publish('a', range(1, 10));
    const rewound = await ran(['sub', ...url(), 'a', '--rewind', '2', '--count', '2']);
    expect(rewound).toEqual({ code: 0, stdout: 'a 9 9\na 10 10\n', stderr: `following a, from ${epoch}:8\n` });
    const held = await ran(['sub', ...url(), 'a', '--from', `${epoch}:7`, '--count', '1']);
    expect(held).toEqual({ code: 0, stdout: 'a 8 8\n', stderr: `following a, from ${epoch}:7\n` });
    const late = await following(['a', '--from', `${epoch}:3`, '--count', '1', '--json']);
    await publish('a', [11]);
    expect((await late.ended).code).toBe(0);
    expect(late.lines).toEqual([
      { kind: 'subscribed', topic: 'a', epoch, offset: 10, recovered: false },
      { kind: 'gap', topic: 'a', from: 4, to: 10, count: 7, reason: 'expired', epoch, offset: 10 },
      { kind: 'message', topic: 'a', offset: 11, epoch, data: 11 },
    ]);
  });

  it('goes on when the gateway is started again, and tells what that means', async () => {
    await start();
    // An address that stays, though the port of a gateway may not be had again at once.
    const door = createServer((socket) => {
      const inside = connect(gateway.port, '127.0.0.1');
      socket.pipe(inside).pipe(socket);
      for (const end of [socket, inside]) end.on('error', () => undefined).on('close', () => socket.destroy());
    }).listen(0, '127.0.0.1');
    await once(door, 'listening');
    const { port } = door.address() as { port: number };
    const child = new ClientProcess(['sub', '--url', `ws://127.0.0.1:${port}`, 'a', '--count', '2']);
    await child.until(() => gateway.inUse().subscriptions === 1);
    await publish('a', ['before']);
    await child.until(() => child.stdout.includes('before'));
    gateway.close();
    await child.until(() => child.stderr.includes('trying again'));
    await start();
    await child.until(() => gateway.inUse().subscriptions === 1);
    await publish('a', ['after']);
    expect((await child.ended).code).toBe(0);
    expect(child.stdout).toBe(
      'a 1 "before"\ngap: a: nobody knows how many messages did not come (reset)\na 1 "after"\n',
    );
    expect(child.stderr.split('\n').filter((line) => !line.endsWith('; trying again'))).toEqual([
      expect.stringMatching(/^following a, from \S+:0$/),
      'sluice: connected again: the session was lost',
      expect.stringMatching(/^following a, from \S+:0; what was missed cannot be told$/),
      '',
    ]);
  });

  it('ends with 0 at Ctrl-C, and with it the subscription', async () => {
    await start();
    const child = await following(['>', '--credit', '8', '--overflow', 'latest']);
    await publish('a', [1]);
    await child.until(() => child.stdout !== '');
    child.child.kill('SIGINT');
    expect(await child.ended).toEqual({ code: 0, stdout: 'a 1 1\n', stderr: 'following >\n' });
    expect(gateway.inUse()).toMatchObject({ subscriptions: 0, sessions: 0 });
  });

  it('ends with 2 when it may not follow, and with 1 when that cannot be', async () => {
    await start({ anonymous: { subscribe: ['open.>'] } });
    const ended = await Promise.all([
      ran(['sub', ...url(), 'secret']),
      ran(['sub', ...url(), 'a', '--from', 'nowhere']),
      ran(['sub', ...url(), 'open..a']),
    ]);
    expect(ended.map(({ code, stdout }) => [code, stdout])).toEqual([
      [2, ''],
      [1, ''],
      [1, ''],
    ]);
    expect(ended[0].stderr).toMatch(/^permission_denied: .* \(started: no, retry: no\)\n$/);
    expect(ended[1].stderr).toContain('Expected an epoch, a colon and an offset, got "nowhere"');
    expect(ended[2].stderr).toMatch(/^invalid_argument: expected topic [^\n]*\n$/);
  });
});

describe('the help of the client commands', () => {
  it.each([
    ['request', ['item', 'gap', 'end', 'error', '--credit', '--overflow', '--key', '--ttl', '--idem', '--priority']],
    ['emit', ['error', 'emitted', '--count', '--text', '--token', '--encoding', '--timeout']],
    ['sub', ['subscribed', 'message', 'gap', 'error', '--rewind', '--from', 'SLUICE_URL', 'SLUICE_TOKEN']],
  ])('tells the flags, the lines of --json and the exit codes: %s', async (command, words) => {
    await start();
    const { code, stdout, stderr } = await ran([command, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const word of [...words, '--url', '--json', 'Exit codes: 0 done; 1 ', 'NO_COLOR'])
      expect(stdout).toContain(word);
  });
});
