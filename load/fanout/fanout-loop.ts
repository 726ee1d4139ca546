/**
 * A closed loop of publishing: a fixed number of messages in flight, the next one sent when the slowest subscriber has
 * received one. CPU times of server and client are read at the borders of the window, as deliveries are counted.
 */
import { cpuSample, cpuSpent } from '../client/cpu-sample.js';
import { openAll } from '../client/open-all.js';
import { DeliveryWindow } from './delivery-window.js';
import type { FanoutOrder, FanoutResult } from './fanout-order.js';
import { Publisher } from './publisher.js';
import { Subscriber } from './subscriber.js';

const lookEveryMs = 5;

/** Runs one order to its end. @throws when a connection or subscription cannot be opened */
export async function runFanout(order: FanoutOrder): Promise<FanoutResult> {
  const window = new DeliveryWindow(order, order.inFlight);
  const publisher = new Publisher(order, window);
  const onRead = (): void => {
    if (window.room > 0) publisher.fill();
  };
  const subscribers = Array.from(
    { length: order.subscribers },
    (_, index) => new Subscriber(order, index, { sink: window, onRead }),
  );
  try {
    await openAll(subscribers);
    await publisher.open();
    publisher.isPublishing = true;
    publisher.fill();
    await pause(order.warmUpMs);
    const from = cpuSample(order.serverPid, window.deliveries);
    await pause(order.windowMs);
    const to = cpuSample(order.serverPid, window.deliveries);
    publisher.isPublishing = false;
    await drained(window, order);
    const { events: deliveries, ...spent } = cpuSpent(from, to);
    const { parsed, faults, firstFault } = window;
    return { deliveries, ...spent, parsed, faults, ...(firstFault === undefined ? {} : { firstFault }) };
  } finally {
    publisher.close();
    for (const subscriber of subscribers) subscriber.close();
  }
}

/** Waits for the last deliveries; what has not come by then is missing. */
async function drained(window: DeliveryWindow, { drainMs }: FanoutOrder): Promise<void> {
  const untilMs = performance.now() + drainMs;
  while (window.outstanding > 0 && performance.now() < untilMs) await pause(lookEveryMs);
  if (window.outstanding === 0) return;
  window.faults.missing += window.outstanding;
  window.note(`${window.outstanding} messages did not reach all of their subscribers in ${drainMs} ms`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
