import { once } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { behaviours } from '../../../load/hostile/behaviours.js';
import { type GroupTally, HostileClient } from '../../../load/hostile/hostile-client.js';
import { type BehaviourName, behaviourNames } from '../../../load/hostile/hostile-order.js';

interface Seen {
  readonly frames: { readonly op: string; readonly [field: string]: unknown }[];
  sessions: number;
}

/** A server that welcomes everybody, and closes a session with a code after so many frames. */
async function hostileServer(
  name: BehaviourName,
  { framesMax, code }: { readonly framesMax: number; readonly code: number },
) {
  const seen: Seen = { frames: [], sessions: 0 };
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: ([first = '']) => first });
  await once(server, 'listening');
  server.on('connection', (socket) => {
    seen.sessions += 1;
    let own = 0;
    socket.on('message', (bytes) => {
      const frame = JSON.parse(String(bytes));
      own += 1;
      if (seen.frames.length < 10_000) seen.frames.push(frame);
      if (frame.op === 'hello') socket.send(JSON.stringify({ op: 'welcome', credit: 1 }));
      if (own === framesMax) socket.close(code);
    });
    socket.on('error', () => undefined);
  });
  const { port } = server.address() as { readonly port: number };
  const tally: GroupTally = { opened: 0, closed: new Map(), bytesWritten: 0 };
  const behaviour = { ...behaviours[name], againMs: 1 };
  const client = new HostileClient({ host: '127.0.0.1', port, behaviour, tally });
  client.start();
  onTestFinished(() => {
    client.stop();
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  return { seen, tally, client, open: () => server.clients.size };
}

describe('a hostile client', () => {
  it('floods, is told to go, and comes again', async () => {
    const { seen, tally } = await hostileServer('flood', { framesMax: 20_000, code: 4101 });
    await vi.waitFor(() => expect(tally.closed.get('4101')).toBeGreaterThan(1), { timeout: 15_000 });
    expect(tally.opened).toBeGreaterThan(1);
    expect(seen.sessions).toBeGreaterThan(1);
    expect(tally.bytesWritten).toBeGreaterThan(100_000);
  });

  it('sends far more than its credit', async () => {
    const { seen } = await hostileServer('ignore-credit', { framesMax: 401, code: 4013 });
    await vi.waitFor(() => expect(seen.frames.length).toBeGreaterThanOrEqual(401));
    expect(seen.frames[1]).toMatchObject({ op: 'event', type: 'aside' });
  });

  it('opens streams that it never pulls', async () => {
    const { seen } = await hostileServer('never-pull', { framesMax: 100, code: 4100 });
    await vi.waitFor(() => expect(seen.frames).toHaveLength(5));
    expect(seen.frames.slice(1).every(({ credit }) => credit === 0)).toBe(true);
  });

  it('asks for large replies again and again', async () => {
    const { seen } = await hostileServer('never-read', { framesMax: 100, code: 4108 });
    await vi.waitFor(() => expect(seen.frames.length).toBeGreaterThan(12));
    expect(seen.frames.at(-1)).toMatchObject({ op: 'event', data: { bytes: 10_000 } });
  });

  it('opens a stream with ample credit for its slow reader', async () => {
    const { seen } = await hostileServer('read-slowly', { framesMax: 100, code: 4108 });
    await vi.waitFor(() => expect(seen.frames).toHaveLength(2));
    expect(Number(seen.frames[1]?.credit)).toBeGreaterThan(100_000);
  });

  it('ends for good when it is stopped', async () => {
    const { seen, client, open } = await hostileServer('never-pull', { framesMax: 5, code: 4101 });
    await vi.waitFor(() => expect(seen.sessions).toBeGreaterThan(2));
    client.stop();
    const sessions = seen.sessions;
    await vi.waitFor(() => expect(open()).toBe(0));
    // One connection may have been under way.
    expect(seen.sessions - sessions).toBeLessThanOrEqual(1);
  });
});

describe('every behaviour', () => {
  it.each(behaviourNames)('%s waits between what it does, or leaves that to the kernel', (name) => {
    expect(behaviours[name].againMs).toBeGreaterThan(0);
    expect(behaviours[name].everyMs === 0).toBe(name === 'flood');
  });
});
