import { describe, expect, it } from 'vitest';
import { Inlet } from '../../src/handlers/inlet.js';

/** An inlet whose turns of the event loop are begun by hand. */
function watch(itemsMax: number, onItem: (item: number) => void = () => undefined) {
  const delivered: number[] = [];
  const turns: (() => void)[] = [];
  const inlet = new Inlet<number>({
    itemsMax,
    deliver(item) {
      delivered.push(item);
      onItem(item);
    },
    onTurn: () => undefined,
    nextTurn: (callback) => turns.push(callback),
  });
  return { inlet, delivered, turns };
}

/** Lets everything happen that needs no other turn of the event loop. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i += 1) await Promise.resolve();
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('Inlet', () => {
  it('delivers what it took in order, and never inside the call', async () => {
    const { inlet, delivered } = watch(8);
    for (const n of [1, 2, 3]) expect(inlet.offer(n)).toBeUndefined();
    expect(delivered).toEqual([]);
    await settle();
    expect(delivered).toEqual([1, 2, 3]);
    expect(inlet.waiting).toBe(0);
  });

  it('delivers 256 items in a turn of the event loop, however they come', async () => {
    const { inlet, delivered, turns } = watch(1024);
    for (const n of numbers(600)) inlet.offer(n);
    await settle();
    expect(delivered.length).toBe(256);
    inlet.hold();
    inlet.release();
    await settle();
    expect(delivered.length).toBe(256);
    expect(turns.length).toBe(1);
    turns.shift()?.();
    await settle();
    expect(delivered.length).toBe(512);
    turns.shift()?.();
    expect(delivered).toEqual(numbers(600));
    expect(turns).toEqual([]);
  });

  it('delivers nothing while it is held, by however many', async () => {
    const { inlet, delivered } = watch(8, (item) => {
      if (item === 2) inlet.hold();
    });
    inlet.hold();
    inlet.hold();
    for (const n of [1, 2, 3]) inlet.offer(n);
    inlet.release();
    await settle();
    expect(delivered).toEqual([]);
    inlet.release();
    await settle();
    expect(delivered).toEqual([1, 2]);
    inlet.release();
    await settle();
    expect(delivered).toEqual([1, 2, 3]);
  });

  it('lets those who come when it is full wait, and takes their items in order as there is room', async () => {
    const { inlet, delivered } = watch(2);
    inlet.hold();
    const taken: number[] = [];
    for (const n of numbers(5)) {
      const room = inlet.offer(n);
      if (room !== undefined) room.then(() => taken.push(n));
    }
    await settle();
    expect({ taken, waiting: inlet.waiting, hasRoom: inlet.hasRoom }).toEqual({
      taken: [],
      waiting: 5,
      hasRoom: false,
    });
    inlet.release();
    await settle();
    expect(taken).toEqual([2, 3, 4]);
    expect(delivered).toEqual(numbers(5));
  });

  it('forgets who stops waiting', async () => {
    const { inlet, delivered } = watch(1);
    inlet.hold();
    inlet.offer(0);
    const gaveUp = new AbortController();
    const first = inlet.offer(1, gaveUp);
    const second = inlet.offer(2, new AbortController());
    const reason = new Error('too late');
    gaveUp.abort(reason);
    await expect(first).rejects.toBe(reason);
    await expect(inlet.offer(3, gaveUp)).rejects.toBe(reason);
    expect(inlet.waiting).toBe(2);
    inlet.release();
    await second;
    await settle();
    expect(delivered).toEqual([0, 2]);
  });

  it('does not ask for a signal when there is room', () => {
    const { inlet } = watch(1);
    const waiting = {
      get signal(): AbortSignal {
        throw new Error('made for nothing');
      },
    };
    expect(inlet.offer(1, waiting)).toBeUndefined();
  });

  it('tells that it has room when it was full and is half empty, once', async () => {
    const { inlet, delivered } = watch(4);
    const rooms: number[] = [];
    inlet.onRoom(() => rooms.push(delivered.length));
    for (const n of numbers(3)) inlet.offer(n);
    await settle();
    expect(rooms).toEqual([]);
    inlet.hold();
    for (const n of numbers(6)) inlet.push(n);
    expect(inlet.hasRoom).toBe(false);
    inlet.release();
    await settle();
    expect(rooms).toEqual([7]);
  });

  it('tells of room though it holds one item only', async () => {
    const { inlet, delivered } = watch(1);
    let rooms = 0;
    inlet.onRoom(() => {
      rooms += 1;
      if (rooms < 3) inlet.push(rooms);
    });
    inlet.push(0);
    await settle();
    expect(delivered).toEqual([0, 1, 2]);
  });

  it('gives up what waits when it is cleared', async () => {
    const { inlet, delivered } = watch(1);
    inlet.hold();
    inlet.offer(0);
    const room = inlet.offer(1);
    expect(inlet.clear()).toBe(2);
    await room;
    inlet.release();
    await settle();
    expect(delivered).toEqual([]);
    expect(inlet.waiting).toBe(0);
  });
});
