import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { runClosedLoop } from '../../load/client/closed-loop.js';
import { dialectOf } from '../../load/client/dialects/dialects.js';
import { EventBatch } from '../../load/client/event-batch.js';
import { IdSlots } from '../../load/client/id-slots.js';
import { type LoadOrder, noFaults } from '../../load/client/order.js';
import { RawSocket } from '../../load/client/raw-socket.js';
import { programPath } from '../../load/peers/program-path.js';
import { MissingProgram } from '../../load/processes/missing-program.js';
import { dialectFor, type PeerName, type RunningServer, startPeer, startServer } from '../../load/processes/server.js';

const servers = new Map<string, Promise<RunningServer>>();

/** Each server is started once; they know nothing of earlier connections. */
function started(name: string, start: () => Promise<RunningServer>): Promise<RunningServer> {
  const server = servers.get(name) ?? start();
  servers.set(name, server);
  return server;
}

async function order(server: PeerName, more: Partial<LoadOrder> = {}): Promise<LoadOrder> {
  const { port, pid } = await started(server, () => startServer(server));
  return {
    port,
    serverPid: pid,
    dialect: dialectFor(server),
    encoding: 'json',
    payload: 'small',
    type: 'echo',
    connections: 5,
    inFlight: 8,
    framesPerMessage: 1,
    keys: 0,
    warmUpMs: 20,
    windowMs: 250,
    drainMs: 2000,
    ...more,
  };
}

afterAll(async () => {
  await Promise.all([...servers.values()].map(async (server) => (await server).stop()));
});

describe.each(['fastify-ws', 'socketio-ws', 'socketio-uws', 'nats-server', 'mosquitto'] as const)(
  'the closed loop goes through %s',
  (server) => {
    it('without a fault, and knows the answers by their bytes', async () => {
      const result = await runClosedLoop(await order(server));
      expect(result.firstFault).toBeUndefined();
      expect(result.faults).toEqual(noFaults());
      expect(result.events).toBeGreaterThan(0);
      expect(result.serverCpuNs).toBeGreaterThan(0);
      expect(result.parsedReplies).toBeLessThan(5);
    });

    it('with a kilobyte, and with many connections', async () => {
      const more = { payload: 'kilobyte', connections: 200, inFlight: 1, windowMs: 80 } as const;
      const result = await runClosedLoop(await order(server, more));
      expect(result.firstFault).toBeUndefined();
      expect(result.faults).toEqual(noFaults());
    });
  },
);

describe('a wrong answer', () => {
  const faulty = fileURLToPath(new URL('./faulty-socketio.ts', import.meta.url));

  it.each([
    { fault: 'corrupt', kind: 'wrong', words: /seq/ },
    { fault: 'drop', kind: 'lost', words: /not answered/ },
  ] as const)('of socket.io is found: $fault', async ({ fault, kind, words }) => {
    const { port, pid } = await started(fault, () => startPeer(faulty, [fault]));
    const sent = await order('socketio-uws', { port, serverPid: pid, windowMs: 80, drainMs: 80 });
    const { faults, firstFault } = await runClosedLoop(sent);
    expect(faults).toEqual({ ...noFaults(), [kind]: faults[kind] });
    expect(faults[kind]).toBeGreaterThan(0);
    expect(firstFault).toMatch(words);
  });

  it.each(['nats-server', 'mosquitto'] as const)('of %s is found: an event nobody sent', async (server) => {
    const sent = await order(server);
    const looping = runClosedLoop(sent);
    const intruder = await openIntruder(sent);
    // Events to the subject of the first connection of the loop, under ids it has used up or not come to yet.
    const message = Buffer.from(new EventBatch(sent).write(1, new IdSlots(8, { index: 4, of: 5 }), 0));
    const timer = setInterval(() => intruder.send(message), 5);
    const { faults, firstFault } = await looping;
    clearInterval(timer);
    intruder.destroy();
    expect(faults).toEqual({ ...noFaults(), unexpected: faults.unexpected });
    expect(faults.unexpected).toBeGreaterThan(0);
    expect(firstFault).toMatch(/not open/);
  });
});

/** Another client of the broker, ready to publish. */
async function openIntruder({ port, dialect, encoding }: LoadOrder): Promise<RawSocket> {
  const { path, subprotocol, talk } = dialectOf(dialect);
  let raw: RawSocket | undefined;
  const ready = new Promise<void>((resolve) => {
    const own = talk({
      order: { encoding, framesPerMessage: 1 },
      connection: 99,
      send: (message) => raw?.send(message),
      ready: resolve,
      content: () => undefined,
      undecodable: () => undefined,
    });
    void RawSocket.open({
      port,
      path,
      subprotocol: subprotocol(encoding),
      onOpen: (socket) => {
        raw = socket;
        own.begin();
      },
      onMessage: (bytes, start, end) => own.message(bytes, start, end),
      onRead: () => undefined,
      onClose: () => undefined,
    });
  });
  await ready;
  if (raw === undefined) throw new Error('expected an open connection');
  return raw;
}

describe('a broker', () => {
  it.each(['nats-server', 'mosquitto'] as const)('%s leaves no process and no folder behind', async (server) => {
    const { pid, stop } = await startServer(server);
    const [program, flag, configuration = ''] = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
    expect(program).toBe(programPath(server));
    expect(flag).toBe('-c');
    expect(configuration).toMatch(/sluice-peer-\w+\/peer\.conf$/);
    expect(existsSync(dirname(configuration))).toBe(false);
    await stop();
    await vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false), 5000);
  });
});

describe('a program', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-program-'));
  writeFileSync(join(folder, 'here'), '', { mode: 0o755 });
  writeFileSync(join(folder, 'not-executable'), '', { mode: 0o644 });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is found on the path, if it can be run', () => {
    expect(programPath('here', `/nowhere:${folder}`)).toBe(join(folder, 'here'));
    expect(programPath('not-executable', folder)).toBeUndefined();
    expect(programPath('nowhere-to-be-found', '')).toBeUndefined();
  });

  it('that is missing is named with its package', () => {
    expect(new MissingProgram('mosquitto').message).toBe(
      'not measured: mosquitto is not installed (Debian package mosquitto)',
    );
  });
});
