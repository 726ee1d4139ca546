import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runClosedLoop } from '../../load/client/closed-loop.js';
import { type LoadOrder, noFaults } from '../../load/client/order.js';
import { type PeerName, peerScript, type RunningServer, startPeer } from '../../load/processes/server.js';

const servers = new Map<string, Promise<RunningServer>>();

/** Each server is started once; they know nothing of earlier connections. */
function started(name: string, start: () => Promise<RunningServer>): Promise<RunningServer> {
  const server = servers.get(name) ?? start();
  servers.set(name, server);
  return server;
}

async function order(server: Promise<RunningServer>, more: Partial<LoadOrder> = {}): Promise<LoadOrder> {
  const { port, pid } = await server;
  return {
    port,
    serverPid: pid,
    dialect: 'bare',
    encoding: 'json',
    payload: 'small',
    type: 'echo',
    connections: 5,
    inFlight: 8,
    framesPerMessage: 1,
    keys: 0,
    warmUpMs: 20,
    windowMs: 80,
    drainMs: 80,
    ...more,
  };
}

function faulty(fault: string): Promise<RunningServer> {
  return started(fault, () => startPeer(fileURLToPath(new URL('./faulty-json.ts', import.meta.url)), [fault]));
}

afterAll(async () => {
  await Promise.all([...servers.values()].map(async (server) => (await server).stop()));
});

describe('the closed loop finds', () => {
  it('nothing at a server without a fault', async () => {
    const result = await runClosedLoop(await order(faulty('none'), { windowMs: 250, drainMs: 2000 }));
    expect(result.faults).toEqual(noFaults());
    expect(result.firstFault).toBeUndefined();
    expect(result.events).toBeGreaterThan(0);
    expect(result.serverCpuNs).toBeGreaterThan(0);
    expect(result.clientCpuNs).toBeGreaterThan(0);
    expect(result.parsedReplies).toBe(1);
  });

  it('a reply that never came', async () => {
    const { faults, firstFault } = await runClosedLoop(await order(faulty('drop')));
    expect(faults).toEqual({ ...noFaults(), lost: faults.lost });
    expect(faults.lost).toBeGreaterThan(0);
    expect(firstFault).toMatch(/not answered/);
  });

  it('a reply that came twice', async () => {
    const { faults, firstFault } = await runClosedLoop(await order(faulty('duplicate')));
    expect(faults).toEqual({ ...noFaults(), unexpected: faults.unexpected });
    expect(faults.unexpected).toBeGreaterThan(0);
    expect(firstFault).toMatch(/not open/);
  });

  it('a reply with other data', async () => {
    const { faults, firstFault } = await runClosedLoop(await order(faulty('corrupt')));
    expect(faults).toEqual({ ...noFaults(), wrong: faults.wrong });
    expect(faults.wrong).toBeGreaterThan(0);
    expect(firstFault).toMatch(/seq/);
  });

  it('replies given to each other’s connections, even when both wait for as many', async () => {
    const { faults, firstFault } = await runClosedLoop(await order(faulty('swap'), { connections: 40, inFlight: 1 }));
    expect(faults.unexpected).toBeGreaterThan(1);
    expect(faults.lost).toBeGreaterThan(0);
    expect(firstFault).toMatch(/not open/);
  });

  it('a server that ended', async () => {
    const sent = await order(faulty('ends early'), { windowMs: 120 });
    const looping = runClosedLoop(sent);
    setTimeout(() => process.kill(sent.serverPid, 'SIGKILL'), 60);
    await expect(looping).rejects.toThrow(/it has ended/);
  });
});

describe('the closed loop goes through', () => {
  it.each<{
    title: string;
    server: PeerName;
    more: Partial<LoadOrder>;
  }>([
    { title: 'echoed bytes', server: 'uws-echo', more: {} },
    { title: 'the ws package', server: 'ws-json', more: {} },
    { title: 'RxJS', server: 'uws-rxjs', more: {} },
    { title: 'MessagePack', server: 'uws-msgpack', more: { encoding: 'msgpack' } },
    { title: 'a kilobyte of JSON', server: 'uws-json', more: { payload: 'kilobyte' } },
    { title: 'a kilobyte of MessagePack', server: 'uws-msgpack', more: { payload: 'kilobyte', encoding: 'msgpack' } },
    { title: 'arrays in JSON', server: 'uws-json', more: { framesPerMessage: 8 } },
    { title: 'arrays in MessagePack', server: 'uws-msgpack', more: { framesPerMessage: 8, encoding: 'msgpack' } },
    { title: 'keys', server: 'uws-json', more: { keys: 1000 } },
    { title: 'many connections that take turns', server: 'uws-json', more: { connections: 200, inFlightTotal: 10 } },
  ])('$title', async ({ server, more }) => {
    const result = await runClosedLoop(
      await order(
        started(server, () => startPeer(peerScript(server))),
        { drainMs: 2000, ...more },
      ),
    );
    expect(result.firstFault).toBeUndefined();
    expect(result.faults).toEqual(noFaults());
    expect(result.parsedReplies).toBeGreaterThan(0);
  });

  it('fails when nobody listens', async () => {
    const sent = await order(faulty('none'), { port: 1 });
    await expect(runClosedLoop(sent)).rejects.toThrow(/ECONNREFUSED/);
  });
});
