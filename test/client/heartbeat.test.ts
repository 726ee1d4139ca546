import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Heartbeat } from '../../src/client/heartbeat.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function begin(keepAliveMs: number) {
  const told: string[] = [];
  const heartbeat = new Heartbeat({
    keepAliveMs,
    ping: () => told.push('ping'),
    onSilence: () => told.push('silence'),
  });
  return { told, heartbeat };
}

describe('the heartbeat', () => {
  it('asks for a sign of life within half a keep-alive in which nothing was heard, and gives up when none comes', () => {
    const { told } = begin(8000);
    vi.advanceTimersByTime(3999);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(told).toEqual(['ping']);
    vi.advanceTimersByTime(3999);
    expect(told).toEqual(['ping']);
    vi.advanceTimersByTime(1);
    expect(told).toEqual(['ping', 'silence']);
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual(['ping', 'silence']);
  });

  it('asks nothing of a gateway that is heard', () => {
    const { told, heartbeat } = begin(8000);
    for (let i = 0; i < 20; i += 1) {
      heartbeat.isHeard = true;
      vi.advanceTimersByTime(2000);
    }
    expect(told).toEqual([]);
  });

  it('goes on as before once it was answered', () => {
    const { told, heartbeat } = begin(8000);
    vi.advanceTimersByTime(4000);
    heartbeat.isHeard = true;
    vi.advanceTimersByTime(4000);
    expect(told).toEqual(['ping']);
    vi.advanceTimersByTime(6000);
    expect(told).toEqual(['ping', 'ping', 'silence']);
  });

  it('waits for an answer no longer than 5 seconds, however long the keep-alive', () => {
    const { told } = begin(100_000);
    vi.advanceTimersByTime(50_000);
    expect(told).toEqual(['ping']);
    vi.advanceTimersByTime(5000);
    expect(told).toEqual(['ping', 'silence']);
  });

  it('asks at once when it is told to, though something was heard a moment ago', () => {
    const { told, heartbeat } = begin(100_000);
    heartbeat.probe();
    expect(told).toEqual(['ping']);
    vi.advanceTimersByTime(5000);
    expect(told).toEqual(['ping', 'silence']);
  });

  it('does not take a pause of the machine for silence: it asks again', () => {
    const { told } = begin(8000);
    vi.advanceTimersByTime(4000);
    const later = performance.now() + 60_000;
    const now = vi.spyOn(performance, 'now').mockReturnValue(later);
    vi.advanceTimersByTime(4000);
    expect(told).toEqual(['ping', 'ping']);
    now.mockReturnValue(later + 4000);
    vi.advanceTimersByTime(4000);
    expect(told).toEqual(['ping', 'ping', 'silence']);
    now.mockRestore();
  });

  it('has no timer when it was stopped', () => {
    const { told, heartbeat } = begin(8000);
    heartbeat.probe();
    heartbeat.stop();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual(['ping']);
  });
});
