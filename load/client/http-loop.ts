/**
 * The HTTP side: autocannon keeps one request outstanding per connection. A connection goes round a few requests of
 * its own, each with other data, and every body is compared with its request.
 */
import autocannon from 'autocannon';
import { cpuSample, cpuSpent } from './cpu-sample.js';
import type { HttpOrder } from './http-order.js';
import { idMin } from './id-field.js';
import { type LoadResult, noFaults } from './order.js';
import { payload } from './payloads.js';

const requestsPerConnection = 8;

/** How often autocannon looks whether it has been stopped. */
const stopLookMs = 50;

/** Runs one order to its end. */
export async function runHttpLoop({ serverPid, warmUpMs, windowMs, ...order }: HttpOrder): Promise<LoadResult> {
  const loop = new HttpLoop(order);
  const finished = loop.start(warmUpMs + windowMs);
  await pause(warmUpMs);
  const from = cpuSample(serverPid, loop.completed);
  await pause(windowMs);
  const to = cpuSample(serverPid, loop.completed);
  loop.stop();
  const total = await finished;
  const faults = noFaults();
  faults.refused = total.non2xx;
  faults.closed = total.errors;
  faults.wrong = loop.wrong;
  // A connection the server ends is opened again without a word, so what was lost with it shows in the counts only.
  const answered = total['2xx'] + total.non2xx;
  faults.lost = Math.max(0, total.requests.sent - answered - order.connections);
  return {
    ...cpuSpent(from, to),
    parsedReplies: 0,
    faults,
    ...(loop.firstFault === undefined ? {} : { firstFault: loop.firstFault }),
  };
}

class HttpLoop {
  /** Answered with 2xx and the right body. */
  completed = 0;
  wrong = 0;
  firstFault: string | undefined;
  private instance: autocannon.Instance | undefined;
  private connectionsOpened = 0;
  private readonly order: Pick<HttpOrder, 'port' | 'connections'>;

  constructor(order: Pick<HttpOrder, 'port' | 'connections'>) {
    this.order = order;
  }

  start(totalMs: number): Promise<autocannon.Result> {
    return new Promise((resolve, reject) => {
      this.instance = autocannon(
        {
          url: `http://127.0.0.1:${this.order.port}/v1/events`,
          connections: this.order.connections,
          // It is stopped before that.
          duration: Math.ceil(totalMs / 1000) + 10,
          sampleInt: stopLookMs,
          setupClient: (client) => client.setRequests(this.requests()),
        },
        (error, result) => {
          if (error) reject(error);
          else resolve(result);
        },
      );
    });
  }

  stop(): void {
    this.instance?.stop();
  }

  private requests(): autocannon.Request[] {
    const first = idMin + this.connectionsOpened * requestsPerConnection;
    this.connectionsOpened += 1;
    return Array.from({ length: requestsPerConnection }, (_, index) => this.request(first + index));
  }

  private request(id: number): autocannon.Request {
    const data = payload('small', 'json', id);
    const expected = JSON.stringify(data);
    return {
      method: 'POST',
      path: '/v1/events',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'echo', data }),
      onResponse: (status, body) => {
        if (status === 200 && body === expected) {
          this.completed += 1;
          return;
        }
        if (status >= 200 && status < 300) this.wrong += 1;
        this.firstFault ??= `request ${id} answered with ${status} ${body.slice(0, 200)}`;
      },
    };
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
