import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { runHttpLoop } from '../../load/client/http-loop.js';
import { type LoadResult, noFaults } from '../../load/client/order.js';

const every = 10;
let server: Server;
let requests = 0;

/** Answers with the event's data, but every tenth request as `fault` does. */
async function against(fault: (response: ServerResponse, data: { seq: number }) => void): Promise<LoadResult> {
  requests = 0;
  server = createServer(async (request, response) => {
    const { data } = JSON.parse(await text(request)) as { data: { seq: number } };
    requests += 1;
    if (requests % every === 0) fault(response, data);
    else response.end(JSON.stringify(data));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return runHttpLoop({ port, serverPid: process.pid, connections: 4, warmUpMs: 20, windowMs: 150 });
}

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('the HTTP loop finds', () => {
  it('nothing at a server without a fault', async () => {
    const result = await against((response, data) => response.end(JSON.stringify(data)));
    expect(result.faults).toEqual(noFaults());
    expect(result.events).toBeGreaterThan(0);
    expect(requests).toBeGreaterThan(result.events);
  });

  it('an answer with other data', async () => {
    const { faults, firstFault } = await against((response, data) =>
      response.end(JSON.stringify({ ...data, seq: data.seq + 1 })),
    );
    expect(faults).toEqual({ ...noFaults(), wrong: faults.wrong });
    expect(faults.wrong).toBeGreaterThan(0);
    expect(firstFault).toMatch(/answered with 200/);
  });

  it('an acceptance where an answer was due', async () => {
    const { faults } = await against((response) => response.writeHead(202).end('{}'));
    expect(faults.wrong).toBeGreaterThan(0);
  });

  it('a refusal', async () => {
    const { faults } = await against((response) => response.writeHead(503).end('{}'));
    expect(faults).toEqual({ ...noFaults(), refused: faults.refused });
    expect(faults.refused).toBeGreaterThan(0);
  });

  it('a connection closed without an answer, though it is opened again in silence', async () => {
    const { faults } = await against((response) => response.socket?.end());
    expect(faults.lost).toBeGreaterThan(0);
  });
});
