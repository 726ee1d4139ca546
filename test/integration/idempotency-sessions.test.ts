/** Events with an `idem` whose session ends, or whose twin waits for them. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { endAll } from '../support/end-all.js';
import { ResumingClient } from '../support/resuming-client.js';
import { TestClient } from '../support/test-client.js';
import { Works } from '../support/test-flow.js';
import { startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;
let works: Works;
const clients: { close(): Promise<void> }[] = [];

const start = async (parts: Record<string, unknown> = {}): Promise<number> => {
  works = new Works();
  gateway = await startTestGateway([defineHandler({ type: 'work', handle: works.handle })], parts);
  return gateway.port;
};

const connect = async (port: number): Promise<TestClient> => {
  const client = await TestClient.connect(port);
  clients.push(client);
  return client;
};

afterEach(() => endAll(gateway, clients.splice(0)));

const work = (id: number, data: string, idem?: string) => ({
  op: 'event',
  id,
  type: 'work',
  data,
  ...(idem === undefined ? {} : { idem }),
});

const duplicate = (id: unknown) => ({ op: 'ack', id, duplicate: true });

/** One slot, which is busy until its work is ended. */
const startBusy = async (): Promise<number> => {
  const port = await start({ pipelines: { default: { slots: 1 } } });
  (await connect(port)).send(work(1, 'busy'));
  await vi.waitFor(() => expect(works.all).toHaveLength(1));
  return port;
};

describe('an event whose session ends', () => {
  it('runs on if it has an idem, and is found by who sends it again', async () => {
    const port = await start();
    const first = await TestClient.connect(port);
    first.send(work(1, 'with', 'k'));
    first.send(work(2, 'without'));
    await vi.waitFor(() => expect(works.all).toHaveLength(2));
    first.socket.terminate();
    await vi.waitFor(() => expect(works.get('without').signal.aborted).toBe(true));
    expect(works.get('with').signal.aborted).toBe(false);
    const second = await connect(port);
    second.send(work(7, 'with', 'k'));
    expect(await second.next(({ id }) => id === 7)).toEqual(duplicate(7));
    works.get('with').end('outcome');
    expect(await second.outcome(7)).toEqual({ op: 'end', id: 7, data: 'outcome' });
    expect(works.all).toHaveLength(2);
    await second.close();
    await vi.waitFor(() => expect(gateway.inUse()).toMatchObject({ sessions: 0, away: 0, credit: 0 }));
  });

  it('is sent again on the new session of a client that came back too late, and is not done twice', async () => {
    const client = await ResumingClient.connect(await start({ resume: { ms: 80 } }));
    clients.push(client);
    const open = ['a', 'b'].map((name, id) => work(id, name, name));
    for (const event of open) client.send(event);
    await vi.waitFor(() => expect(works.all).toHaveLength(2));
    client.cut();
    await vi.waitFor(() => expect(gateway.inUse()).toMatchObject({ sessions: 0, away: 0 }), 5000);
    works.get('a').end('outcome a');
    expect(await client.resume()).toMatchObject({ resumed: false });
    for (const event of open) client.send(event);
    await client.outcome(0);
    works.get('b').end('outcome b');
    await client.outcome(1);
    expect(client.framesOf(0).map(({ s: _number, ...frame }) => frame)).toEqual([
      duplicate(0),
      { op: 'end', id: 0, data: 'outcome a' },
    ]);
    expect(client.framesOf(1).at(-1)).toMatchObject({ op: 'end', data: 'outcome b' });
    expect(works.all).toHaveLength(2);
    expect(client.faults).toEqual([]);
  });

  it('is done though it had not begun', async () => {
    const port = await startBusy();
    const first = await TestClient.connect(port);
    first.send(work(1, 'with', 'k'));
    first.send(work(2, 'without'));
    await vi.waitFor(() => expect(gateway.inUse().waiting).toBe(2));
    first.socket.terminate();
    await vi.waitFor(() => expect(gateway.inUse().waiting).toBe(1));
    const second = await connect(port);
    second.send(work(7, 'with', 'k'));
    expect(await second.next(({ id }) => id === 7)).toEqual(duplicate(7));
    works.get('busy').end();
    await vi.waitFor(() => works.get('with').end('outcome'));
    expect(await second.outcome(7)).toEqual({ op: 'end', id: 7, data: 'outcome' });
    expect(works.names).toEqual(['busy', 'with']);
  });
});

describe('an event that waits for the outcome of its twin', () => {
  it('is done itself when that was not begun after all', async () => {
    const port = await startBusy();
    const [first, second] = [await connect(port), await connect(port)];
    first.send(work(1, 'w', 'k'));
    await vi.waitFor(() => expect(gateway.inUse().waiting).toBe(1));
    second.send(work(2, 'w', 'k'));
    await second.next(({ op }) => op === 'ack');
    first.send({ op: 'cancel', id: 1 });
    expect(await first.outcome(1)).toMatchObject({ code: 'cancelled', started: 'no' });
    works.get('busy').end();
    await vi.waitFor(() => works.get('w').end('outcome'));
    expect(await second.outcome(2)).toEqual({ op: 'end', id: 2, data: 'outcome' });
    expect(works.names).toEqual(['busy', 'w']);
    expect(await first.request({ ...work(3, 'w', 'k') })).toEqual({ op: 'end', id: 3, data: 'outcome' });
  });

  it('is not kept longer than its own time', async () => {
    const port = await start();
    const [first, second] = [await connect(port), await connect(port)];
    first.send(work(1, 'w', 'k'));
    await vi.waitFor(() => expect(works.all).toHaveLength(1));
    expect(await second.request({ ...work(2, 'w', 'k'), ttl: 50 })).toMatchObject({ code: 'deadline_exceeded' });
    works.get('w').end('outcome');
    expect(await first.outcome(1)).toEqual({ op: 'end', id: 1, data: 'outcome' });
  });
});
