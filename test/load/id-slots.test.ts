import { describe, expect, it } from 'vitest';
import { idMax, idMin } from '../../load/client/id-field.js';
import { IdSlots } from '../../load/client/id-slots.js';

describe('the ids of a connection', () => {
  it('are different while they are open, and a free slot is taken again with another id', () => {
    const slots = new IdSlots(3);
    const ids = [slots.take(), slots.take(), slots.take()];
    expect(new Set(ids).size).toBe(3);
    expect(slots.free).toBe(0);
    expect(slots.finish(ids[1] ?? 0)).toBe(true);
    expect(slots.outstanding).toBe(2);
    expect(ids).not.toContain(slots.take());
  });

  it('end once: a second answer, or one nobody asked for, is told', () => {
    const slots = new IdSlots(4);
    const id = slots.take();
    expect(slots.finish(id)).toBe(true);
    expect(slots.finish(id)).toBe(false);
    for (const never of [id + 4, idMin - 1, 0, -1, idMax + 1, Number.NaN, id + 0.5]) {
      expect(slots.finish(never), String(never)).toBe(false);
    }
    expect(slots.outstanding).toBe(0);
  });

  it('stay inside the range, however many there have been', () => {
    const size = 4_000_000;
    const slots = new IdSlots(size);
    const seen: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const id = slots.take();
      seen.push(id);
      slots.finish(id);
    }
    expect(seen).toEqual([idMin, idMin + size, idMin + 2 * size, idMin, idMin + size]);
  });

  it.each([
    { connections: 50, inFlight: 32 },
    { connections: 10_000, inFlight: 1 },
  ])('are others than those of the $connections connections beside it', ({ connections, inFlight }) => {
    const first = new Set<number>();
    for (let index = 0; index < connections; index += 1) {
      const slots = new IdSlots(inFlight, { index, of: connections });
      for (let slot = 0; slot < inFlight; slot += 1) {
        const id = slots.take();
        expect(id <= idMax && !first.has(id)).toBe(true);
        first.add(id);
        if (slot === 0) expect(slots.has(id)).toBe(true);
      }
    }
  });
});
