/** Streams of events without an id: nobody is there to take their items, and they must end all the same. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { TestClient } from '../support/test-client.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;

afterEach(() => gateway.close());

describe('a stream nobody listens to', () => {
  it.each(['wait', 'drop'])('ends when its session has closed, and gives back all it held (%s)', async (overflow) => {
    let ended = 0;
    const rows = defineHandler({
      type: 'rows',
      async *handle() {
        for (let n = 0; n < 2000; n += 1) yield 'x'.repeat(100);
        ended += 1;
      },
    });
    gateway = await startTestGateway([rows], { pipelines: { default: { slots: 4, parkedMax: 2 } } });
    const client = await TestClient.connect(gateway.port);
    for (let i = 0; i < 12; i += 1) client.send({ op: 'event', type: 'rows', overflow });
    client.send({ op: 'ping' });
    await client.next(({ op }) => op === 'pong');
    client.socket.terminate();
    await expectConservation(gateway);
    expect({ ended, ...gateway.inUse() }).toMatchObject({ ended: 12, sessions: 0, credit: 0 });
  });
});
