import { expect, it, vi } from 'vitest';
import { systemClock } from '../../src/model/clock.js';
import { LoopTurn } from '../../src/model/loop-turn.js';
import { type ProcessReading, ProcessReadings } from '../../src/telemetry/process-readings.js';
import { TestClock } from '../support/test-clock.js';

function testReadings() {
  const clock = new TestClock();
  const loop = { idle: 500, active: 20 };
  const heap = { part: 0.25 };
  const readings = new ProcessReadings({
    clock,
    everyMs: 50,
    loopTimes: () => ({ ...loop }),
    heapPart: () => heap.part,
  });
  const seen: ProcessReading[] = [];
  /** The event loop waits and works for so long; timers come when it has time for them. */
  const pass = (idleMs: number, activeMs: number): void => {
    loop.idle += idleMs;
    loop.active += activeMs;
    clock.jump(idleMs + activeMs);
    clock.advance(0);
  };
  return { clock, readings, seen, pass, heap, start: () => readings.start((reading) => seen.push(reading)) };
}

it('looks every everyMs, and counts only what was since the last look', () => {
  const { seen, pass, start } = testReadings();
  start();
  pass(40, 10);
  pass(5, 45);
  pass(50, 0);
  expect(seen.map(({ utilisation }) => utilisation)).toEqual([0.2, 0.9, 0]);
});

it('tells how late it is, and is on time again afterwards', () => {
  const { clock, seen, pass, start } = testReadings();
  start();
  pass(0, 50);
  pass(0, 350);
  clock.advance(100);
  expect(seen.map(({ lagMs }) => lagMs)).toEqual([0, 300, 0, 0]);
});

it('tells how full the heap is', () => {
  const { clock, seen, heap, start } = testReadings();
  start();
  clock.advance(50);
  heap.part = 0.75;
  clock.advance(50);
  expect(seen.map((reading) => reading.heap)).toEqual([0.25, 0.75]);
});

it('has nothing to say of an event loop of which no time was counted', () => {
  const { clock, seen, start } = testReadings();
  start();
  clock.advance(50);
  expect(seen[0]?.utilisation).toBe(0);
});

it('stops, also from inside a look, and leaves no timer', () => {
  const { clock, readings, seen } = testReadings();
  readings.start((reading) => {
    seen.push(reading);
    if (seen.length === 2) readings.stop();
  });
  clock.advance(1000);
  expect(seen).toHaveLength(2);
  expect(clock.timers).toBe(0);
  readings.stop();
});

it('has one timer, however often it is started', () => {
  const { clock, seen, start } = testReadings();
  start();
  clock.advance(30);
  start();
  clock.advance(20);
  expect(seen).toHaveLength(0);
  clock.advance(30);
  expect(seen).toHaveLength(1);
  expect(clock.timers).toBe(1);
});

it('goes on when a look has thrown', () => {
  const { clock, readings } = testReadings();
  const onReading = vi.fn(() => {
    throw new Error('broken');
  });
  readings.start(onReading);
  expect(() => clock.advance(50)).toThrow('broken');
  expect(() => clock.advance(50)).toThrow('broken');
  expect(onReading).toHaveBeenCalledTimes(2);
  readings.stop();
});

it('reads this process: a block of the event loop is seen as lag, and the loop as busy', async () => {
  const readings = new ProcessReadings({ clock: systemClock(new LoopTurn()), everyMs: 10 });
  const seen: ProcessReading[] = [];
  readings.start((reading) => seen.push(reading));
  for (const untilMs = performance.now() + 80; performance.now() < untilMs; );
  await vi.waitFor(() => expect(seen.length).toBeGreaterThan(0));
  readings.stop();
  const [first] = seen as [ProcessReading];
  expect(first.lagMs).toBeGreaterThan(60);
  expect(first.utilisation).toBeGreaterThan(0.5);
  expect(first.utilisation).toBeLessThanOrEqual(1);
  expect(first.heap).toBeGreaterThan(0);
  expect(first.heap).toBeLessThan(1);
});
