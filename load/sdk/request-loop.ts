/** Requests in a closed loop: so many wait on each connection, and each answer is looked at and makes room for the next. */
import { setTimeout as wait } from 'node:timers/promises';
import { cpuSample, cpuSpent } from '../client/cpu-sample.js';
import { payload } from '../client/payloads.js';
import type { Requester } from './requester.js';
import type { SdkOrder, SdkResult } from './sdk-order.js';
import { connectSdk } from './sdk-requester.js';
import { connectWs } from './ws-requester.js';

/** @throws when a request fails, or is answered with another one's data */
export async function runRequests(order: SdkOrder): Promise<SdkResult> {
  const { serverPid, connections, inFlight, warmUpMs, windowMs } = order;
  const requesters: Requester[] = [];
  for (let i = 0; i < connections; i += 1) requesters.push(await connect(order));
  let answered = 0;
  let isOver = false;
  const loop = async (requester: Requester): Promise<void> => {
    while (!isOver) {
      const data = payload('small', 'json', answered);
      const answer = (await requester.request('echo', data)) as { readonly seq: unknown };
      if (answer.seq !== data.seq) throw new Error(`expected the answer to ${data.seq}, got ${JSON.stringify(answer)}`);
      answered += 1;
    }
  };
  const loops = Promise.all(requesters.flatMap((each) => Array.from({ length: inFlight }, () => loop(each))));
  const measured = async (): Promise<SdkResult> => {
    await wait(warmUpMs);
    const from = cpuSample(serverPid, answered);
    await wait(windowMs);
    const { events, ...spent } = cpuSpent(from, cpuSample(serverPid, answered));
    isOver = true;
    return { requests: events, ...spent };
  };
  const [result] = await Promise.all([measured(), loops]);
  for (const requester of requesters) await requester.close();
  return result;
}

function connect({ client, port }: SdkOrder): Promise<Requester> {
  return client === 'ws' ? connectWs(port) : connectSdk(port, client === 'sluice' ? 'json' : 'msgpack');
}
