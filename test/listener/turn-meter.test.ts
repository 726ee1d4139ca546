import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TurnMeter } from '../../src/listener/turn-meter.js';
import { LoopTurn } from '../../src/model/loop-turn.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setImmediate'] });
});

afterEach(() => {
  vi.useRealTimers();
});

const nextTurn = (): void => {
  vi.runAllTimers();
};

describe('a turn meter', () => {
  it('admits up to the bound of frames, and again in the next turn', () => {
    const meter = new TurnMeter({ turn: new LoopTurn(), framesMax: 3, bytesMax: 1000 });
    for (let turn = 0; turn < 3; turn += 1) {
      for (let frame = 0; frame < 3; frame += 1) {
        expect(meter.admits(1)).toBe(true);
        meter.count(1);
      }
      expect(meter.admits(1)).toBe(false);
      expect(meter.admits(1)).toBe(false);
      nextTurn();
    }
  });

  it('counts every frame of a message', () => {
    const meter = new TurnMeter({ turn: new LoopTurn(), framesMax: 300, bytesMax: 1000 });
    expect(meter.admits(1)).toBe(true);
    meter.count(256);
    expect(meter.admits(1)).toBe(true);
    meter.count(256);
    expect(meter.admits(1)).toBe(false);
  });

  it('passes the bound of bytes by one message at most, so that one message is always admitted', () => {
    const meter = new TurnMeter({ turn: new LoopTurn(), framesMax: 100, bytesMax: 10 });
    expect(meter.admits(9)).toBe(true);
    expect(meter.admits(1000)).toBe(true);
    expect(meter.admits(0)).toBe(false);
    nextTurn();
    expect(meter.admits(1000)).toBe(true);
    expect(meter.admits(0)).toBe(false);
  });

  it('shares the turn with others, and nothing else', () => {
    const bounds = { turn: new LoopTurn(), framesMax: 1, bytesMax: 1000 };
    const [one, other] = [new TurnMeter(bounds), new TurnMeter(bounds)];
    one.admits(1);
    one.count(1);
    expect(one.admits(1)).toBe(false);
    expect(other.admits(1)).toBe(true);
    expect(vi.getTimerCount()).toBe(1);
  });
});
