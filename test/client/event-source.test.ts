import { from, lastValueFrom, map, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { OpenedSource, type Sink } from '../../src/client/event-source.js';
import { sluiceError } from '../../src/client/sluice-error.js';
import { turn } from './fake-sockets.js';

/** A source whose readings a test feeds by hand. */
function aSource() {
  const sinks: Sink<number>[] = [];
  const log: string[] = [];
  const source = new OpenedSource<number>((sink) => {
    sinks.push(sink);
    log.push('open');
    return { took: (value) => log.push(`took ${value}`), close: () => log.push('close') };
  });
  const feed = (...values: number[]) => {
    for (const value of values) sinks.at(-1)?.next(value);
  };
  return { source, sinks, log, feed };
}

const error = sluiceError('unavailable', 'gone');

describe('a source read with for await', () => {
  it('brings what came before it was asked for and what comes then, and says of each that it was taken', async () => {
    const { source, sinks, log, feed } = aSource();
    const reading = source[Symbol.asyncIterator]();
    feed(1, 2);
    expect(log).toEqual(['open']);
    expect(await reading.next()).toEqual({ done: false, value: 1 });
    expect(log).toEqual(['open', 'took 1']);
    expect(await reading.next()).toEqual({ done: false, value: 2 });
    const third = reading.next();
    feed(3);
    expect(await third).toEqual({ done: false, value: 3 });
    sinks[0]?.end();
    expect(await reading.next()).toEqual({ done: true, value: undefined });
    expect(await reading.next()).toEqual({ done: true, value: undefined });
    expect(log).toEqual(['open', 'took 1', 'took 2', 'took 3']);
  });

  it('ends at once where there is nothing', async () => {
    const source = new OpenedSource<number>((sink) => {
      queueMicrotask(() => sink.end());
      return { took: () => undefined, close: () => undefined };
    });
    const values: number[] = [];
    for await (const value of source) values.push(value);
    expect(values).toEqual([]);
  });

  it('brings what came before an error, then the error, once', async () => {
    const { source, sinks, feed } = aSource();
    const reading = source[Symbol.asyncIterator]();
    feed(1);
    sinks[0]?.failed(error);
    expect(await reading.next()).toEqual({ done: false, value: 1 });
    await expect(reading.next()).rejects.toBe(error);
    expect(await reading.next()).toEqual({ done: true, value: undefined });
  });

  it('fails when it could not be opened', async () => {
    const source = new OpenedSource<number>((sink) => {
      sink.failed(error);
      return { took: () => undefined, close: () => undefined };
    });
    await expect(source[Symbol.asyncIterator]().next()).rejects.toBe(error);
  });

  it('is closed by a break, and by a throw in the loop; what came and was not read is forgotten', async () => {
    for (const leave of ['break', 'throw']) {
      const { source, log, sinks } = aSource();
      const loop = async () => {
        for await (const value of source) {
          sinks[0]?.next(8);
          if (leave === 'break') break;
          throw new Error(`threw at ${value}`);
        }
      };
      const over = loop().catch(({ message }: Error) => message);
      sinks[0]?.next(7);
      expect(await over).toBe(leave === 'break' ? undefined : 'threw at 7');
      expect(log).toEqual(['open', 'took 7', 'close']);
    }
  });

  it('settles everybody who waits when it is returned from, and closes once', async () => {
    const { source, log } = aSource();
    const reading = source[Symbol.asyncIterator]();
    const waiting = [reading.next(), reading.next()];
    await reading.return?.();
    await reading.return?.();
    expect(await Promise.all(waiting)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    expect(log).toEqual(['open', 'close']);
  });

  it('is not closed when it has ended by itself', async () => {
    const { source, sinks, log, feed } = aSource();
    const reading = source[Symbol.asyncIterator]();
    feed(1);
    sinks[0]?.end();
    expect(await reading.return?.()).toEqual({ done: true, value: undefined });
    expect(await reading.next()).toEqual({ done: true, value: undefined });
    expect(log).toEqual(['open']);
  });

  it('gives each of several calls of next its own value, in their order, and the error to the first', async () => {
    const { source, sinks, feed } = aSource();
    const reading = source[Symbol.asyncIterator]();
    const waiting = [reading.next(), reading.next(), reading.next(), reading.next()];
    feed(1, 2);
    sinks[0]?.failed(error);
    expect(await Promise.allSettled(waiting)).toEqual([
      { status: 'fulfilled', value: { done: false, value: 1 } },
      { status: 'fulfilled', value: { done: false, value: 2 } },
      { status: 'rejected', reason: error },
      { status: 'fulfilled', value: { done: true, value: undefined } },
    ]);
  });
});

describe('a source read as an Observable', () => {
  it('brings values as they come, each taken at once, and ends', () => {
    const { source, sinks, log, feed } = aSource();
    source.subscribe({
      next: (value) => log.push(`next ${value}`),
      error: () => log.push('error'),
      complete: () => log.push('complete'),
    });
    feed(1, 2);
    sinks[0]?.end();
    expect(log).toEqual(['open', 'next 1', 'took 1', 'next 2', 'took 2', 'complete', 'close']);
  });

  it('fails with the error, also when it could not be opened', async () => {
    const { source, sinks } = aSource();
    const over = lastValueFrom(source);
    sinks[0]?.failed(error);
    await expect(over).rejects.toBe(error);
    const never = new OpenedSource<number>((sink) => {
      sink.failed(error);
      return { took: () => undefined, close: () => undefined };
    });
    await expect(lastValueFrom(never)).rejects.toBe(error);
  });

  it('is closed by whoever unsubscribes early, once, and nothing is brought after that', async () => {
    const { source, log, feed } = aSource();
    const values: number[] = [];
    const subscription = source.subscribe((value) => values.push(value));
    feed(1);
    subscription.unsubscribe();
    subscription.unsubscribe();
    feed(2);
    expect(values).toEqual([1]);
    expect(log.filter((line) => line === 'close')).toHaveLength(1);
  });

  it('is known for one by RxJS: by pipe, by from, and by operators that end it', async () => {
    const { source, sinks, log } = aSource();
    const doubled = lastValueFrom(
      from(source).pipe(
        map((value) => value * 2),
        take(2),
        toArray(),
      ),
    );
    const piped = lastValueFrom(source.pipe(toArray()));
    for (const value of [1, 2, 3]) for (const sink of sinks) sink.next(value);
    for (const sink of sinks) sink.end();
    expect(await doubled).toEqual([2, 4]);
    expect(await piped).toEqual([1, 2, 3]);
    expect(from(source)).toBe(source);
    expect(log.filter((line) => line === 'close')).toHaveLength(2);
  });

  it('is opened anew by each reading, of either kind', async () => {
    const { source, sinks, feed } = aSource();
    const values: string[] = [];
    const read = (name: string) => source.subscribe((value) => values.push(`${name}${value}`));
    read('a');
    feed(1);
    read('b');
    feed(2);
    const reading = source[Symbol.asyncIterator]();
    feed(3);
    await turn();
    expect(values).toEqual(['a1', 'b2']);
    expect(await reading.next()).toEqual({ done: false, value: 3 });
    expect(sinks).toHaveLength(3);
  });
});
