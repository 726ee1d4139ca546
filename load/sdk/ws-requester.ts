/** What one writes with the package `ws` alone: the same JSON, and a Map of those who wait for their replies. */
import { WebSocket } from 'ws';
import type { Requester } from './requester.js';

interface Reply {
  readonly op: string;
  readonly id: number;
  readonly data: unknown;
}

/** Connects. It knows of no credit: it must not have more under way than the gateway's first window. */
export function connectWs(port: number): Promise<Requester> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/socket`, 'sluice.v1.json', { perMessageDeflate: false });
  const waiting = new Map<number, { resolve: (data: unknown) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  const requester: Requester = {
    request: (type, data) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        socket.send(JSON.stringify({ op: 'event', id: lastId, type, data }));
      }),
    close: async () => socket.terminate(),
  };
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => socket.send('{"op":"hello"}'));
    socket.on('message', (text) => {
      const { op, id, data } = JSON.parse(String(text)) as Reply;
      if (op === 'welcome') resolve(requester);
      if (op !== 'end' && op !== 'error') return;
      const waiter = waiting.get(id);
      waiting.delete(id);
      if (op === 'end') waiter?.resolve(data);
      else waiter?.reject(new Error(String(text)));
    });
  });
}
