import { describe, expect, it } from 'vitest';
import { DeliveryWindow } from '../../../load/fanout/delivery-window.js';
import { noDeliveryFaults } from '../../../load/fanout/fanout-order.js';

describe('the window of messages in flight', () => {
  it('has room again when the slowest subscriber has received one', () => {
    const window = new DeliveryWindow({ subscribers: 3, topics: 1 }, 2);
    window.published = 2;
    for (const offset of [1, 2]) for (let fast = 0; fast < 2; fast += 1) window.delivered(0, offset);
    expect(window.room).toBe(0);
    window.delivered(0, 1);
    expect(window.room).toBe(1);
    window.delivered(0, 2);
    expect(window.room).toBe(2);
    expect(window.deliveries).toBe(6);
  });

  it('goes on for ever with a few entries', () => {
    const window = new DeliveryWindow({ subscribers: 2, topics: 1 }, 3);
    for (let offset = 1; offset <= 1000; offset += 1) {
      window.published = offset;
      window.delivered(0, offset);
      window.delivered(0, offset);
      expect(window.outstanding).toBe(0);
    }
    expect(window.faults).toEqual(noDeliveryFaults());
  });

  it('counts each topic’s subscribers by themselves, and waits for the oldest message', () => {
    const window = new DeliveryWindow({ subscribers: 4, topics: 2 }, 4);
    window.published = 4;
    for (const offset of [1, 2]) for (let each = 0; each < 2; each += 1) window.delivered(1, offset);
    expect(window.room).toBe(0);
    window.delivered(0, 1);
    window.delivered(0, 1);
    expect(window.room).toBe(2);
  });

  it('finds a message that nobody published', () => {
    const window = new DeliveryWindow({ subscribers: 1, topics: 1 }, 2);
    window.delivered(0, 1);
    expect(window.faults.wrong).toBe(1);
    expect(window.firstFault).toContain('in flight');
  });
});
