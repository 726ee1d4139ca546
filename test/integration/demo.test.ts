/** The demo handlers over real sockets, as the README shows them. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as article from '../../src/demo/article.js';
import * as market from '../../src/demo/market.js';
import * as shop from '../../src/demo/shop.js';
import type { Gateway } from '../../src/gateway.js';
import { TestClient } from '../support/test-client.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;
const clients: TestClient[] = [];

beforeAll(async () => {
  const handlers = [shop, market, article].flatMap((module) => Object.values(module));
  gateway = await startTestGateway(handlers, {
    pipelines: { narrow: { slots: 1, timeoutMs: 5000 } },
    routes: { 'position.update': { pipeline: 'narrow' } },
  });
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await expectConservation(gateway);
});

afterAll(() => gateway.close());

describe.each(['json', 'msgpack'] as const)('over %s', (encoding) => {
  const connect = async (): Promise<TestClient> => {
    const client = await TestClient.connect(gateway.port, { encoding });
    clients.push(client);
    return client;
  };

  it('checks orders against their schema and places them', async () => {
    const client = await connect();
    const order = { customer: 'c', sku: 's', qty: 2 };
    expect(await client.request({ id: 1, type: 'order.place', data: order, key: 'c' })).toMatchObject({
      op: 'end',
      data: { orderId: expect.stringMatching(/^o-/) },
    });
    expect(await client.request({ id: 2, type: 'order.place', data: { ...order, qty: 'two' } })).toMatchObject({
      code: 'invalid_argument',
      started: 'no',
      message: expect.stringContaining('data.qty'),
      details: { issues: [{ path: 'qty', message: expect.any(String) }] },
    });
  });

  it('batches ticks and tells each how many there were', async () => {
    const client = await connect();
    for (let id = 0; id < 10; id += 1) {
      client.send({ op: 'event', id, type: 'tick.batch', data: { symbol: 'A', price: id, qty: 1 } });
    }
    const sizes = await Promise.all(Array.from({ length: 10 }, (_, id) => client.outcome(id)));
    const counted = sizes.map(({ data }) => (data as { batchSize: number }).batchSize);
    expect(counted.reduce((sum, size) => sum + 1 / size, 0)).toBeCloseTo(
      Math.round(counted.reduce((sum, size) => sum + 1 / size, 0)),
    );
    expect(Math.max(...counted)).toBeGreaterThan(1);
  });

  it('streams a report whose rows are counted', async () => {
    const client = await connect();
    client.send({ op: 'event', id: 1, type: 'report.rows', data: { rows: 500 }, credit: 1000 });
    expect(await client.outcome(1)).toEqual({ op: 'end', id: 1, n: 500 });
    expect(client.framesOf(1)[499]).toMatchObject({ n: 500, data: { row: 500 } });
  });

  it('runs the case of the article', async () => {
    const client = await connect();
    const { data } = await client.request({ id: 1, type: 'article.case', data: { slots: 5, unitMs: 100 } });
    expect(data).toEqual({ slots: 5, finished: [2, 3, 4, 5, 6], responseMax: 6, throughput: 0.83 });
  });

  it('lets a newer position replace a waiting one of the same key', async () => {
    const client = await connect();
    const send = (id: number, key: string) =>
      client.send({ op: 'event', id, type: 'position.update', key, data: { x: id, y: 0 } });
    const frames = [1, 2, 3, 4].map((id) => ({
      op: 'event',
      id,
      type: 'position.update',
      key: 'k',
      data: { x: id, y: 0 },
    }));
    send(0, 'k');
    client.send(frames);
    const outcomes = await Promise.all([1, 2, 3, 4].map((id) => client.outcome(id)));
    expect(outcomes.at(-1)).toMatchObject({ op: 'end', data: { x: 4 } });
    for (const outcome of outcomes.slice(0, -1)) {
      if (outcome.op === 'error') expect(outcome).toMatchObject({ code: 'aborted', started: 'no', retry: 'no' });
    }
  });
});
