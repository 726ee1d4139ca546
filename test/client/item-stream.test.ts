import { firstValueFrom, from, lastValueFrom, Observable, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { StreamGap, StreamItem } from '../../src/client/api.js';
import { OpenedSource, type Sink } from '../../src/client/event-source.js';
import { DataStream } from '../../src/client/item-stream.js';
import { sluiceError } from '../../src/client/sluice-error.js';
import { turn } from './fake-sockets.js';

type Event = StreamItem<string> | StreamGap;

const events: readonly Event[] = [
  { kind: 'item', n: 1, data: 'a' },
  { kind: 'gap', from: 2, to: 4, count: 3, reason: 'dropped' },
  { kind: 'item', n: 5, data: 'b', key: 'k' },
];

function aStream(onOpen: (sink: Sink<Event>) => void) {
  const log: string[] = [];
  const items = new OpenedSource<Event>((sink) => {
    log.push('open');
    queueMicrotask(() => onOpen(sink));
    return { took: ({ kind }) => log.push(`took ${kind}`), close: () => log.push('close') };
  });
  return { log, stream: new DataStream(items) };
}

const all = (sink: Sink<Event>): void => {
  for (const event of events) sink.next(event);
  sink.end();
};

describe('a stream of items', () => {
  it('brings the data and nothing else, read either way', async () => {
    const { stream } = aStream(all);
    const read: string[] = [];
    for await (const data of stream) read.push(data);
    expect(read).toEqual(['a', 'b']);
    expect(await lastValueFrom(stream.pipe(toArray()))).toEqual(['a', 'b']);
  });

  it('has all that came in its items, gaps too', async () => {
    const { stream } = aStream(all);
    const read: Event[] = [];
    for await (const event of stream.items) read.push(event);
    expect(read).toEqual(events);
    expect(await lastValueFrom(stream.items.pipe(toArray()))).toEqual(events);
  });

  it('takes gaps as it goes, so that nothing waits behind them', async () => {
    const { stream, log } = aStream(all);
    for await (const _ of stream);
    expect(log).toEqual(['open', 'took item', 'took gap', 'took item']);
  });

  it('is an Observable, and known for one', () => {
    const { stream } = aStream(all);
    expect(stream).toBeInstanceOf(Observable);
    expect(from(stream)).toBe(stream);
  });

  it('fails with its error, read either way', async () => {
    const error = sluiceError('internal', 'oops');
    const { stream } = aStream((sink) => {
      sink.next({ kind: 'item', n: 1, data: 'a' });
      sink.failed(error);
    });
    const read: string[] = [];
    const loop = async () => {
      for await (const data of stream) read.push(data);
    };
    await expect(loop()).rejects.toBe(error);
    await expect(lastValueFrom(stream)).rejects.toBe(error);
    expect(read).toEqual(['a']);
  });

  it('is closed by a break, and by whoever unsubscribes', async () => {
    const { stream, log } = aStream((sink) => sink.next({ kind: 'item', n: 1, data: 'a' }));
    for await (const _ of stream) break;
    expect(log).toEqual(['open', 'took item', 'close']);
    expect(await firstValueFrom(stream)).toBe('a');
    expect(log.at(-2)).toBe('close');
  });

  it('is not opened before it is read', async () => {
    const { stream, log } = aStream(all);
    stream.pipe();
    await turn();
    expect(log).toEqual([]);
    stream[Symbol.asyncIterator]();
    expect(log).toEqual(['open']);
  });
});
