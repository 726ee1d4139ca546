import { expect, it } from 'vitest';
import type { StreamGap, StreamItem } from '../../src/client/api.js';
import { OpenedSource, type Sink } from '../../src/client/event-source.js';
import { DataStream } from '../../src/client/item-stream.js';
import { turn } from './fake-sockets.js';
import { ownTime } from './own-time.js';

ownTime();

it('a reading that was returned from gives nothing any more', async () => {
  let sink: Sink<number> | undefined;
  const source = new OpenedSource<number>((given) => {
    sink = given;
    return { took: () => undefined, close: () => undefined };
  });
  const reading = source[Symbol.asyncIterator]();
  await reading.return?.();
  sink?.next(1);
  expect(await reading.next()).toEqual({ done: true, value: undefined });
});

it('the return of a stream settles, and closes it, while a next is waiting', async () => {
  let isClosed = false;
  const stream = new DataStream<string>(
    new OpenedSource<StreamItem<string> | StreamGap>(() => ({
      took: () => undefined,
      close: () => {
        isClosed = true;
      },
    })),
  );
  const reading = stream[Symbol.asyncIterator]();
  void reading.next();
  let isSettled = false;
  void reading.return?.().then(() => {
    isSettled = true;
  });
  await turn();
  await turn();
  expect([isSettled, isClosed]).toEqual([true, true]);
});
