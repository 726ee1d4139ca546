import { take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type PullSource, pull } from '../../src/operators/pull.js';

/** A source that gives out numbers while it has permits. */
class TestSource implements PullSource<number> {
  permits = 0;
  next = 1;
  isReleased = false;
  wake: () => void = () => undefined;

  onReady(wake: () => void): () => void {
    this.wake = wake;
    return () => {
      this.isReleased = true;
    };
  }

  take(): number | undefined {
    if (this.permits === 0) return undefined;
    this.permits -= 1;
    this.next += 1;
    return this.next - 1;
  }
}

describe('pull', () => {
  it('takes what there is when it is subscribed to, and nothing before', () => {
    const source = new TestSource();
    source.permits = 2;
    const seen: number[] = [];
    const pulled$ = pull(source);
    expect(source.permits).toBe(2);
    pulled$.subscribe((value) => seen.push(value));
    expect(seen).toEqual([1, 2]);
  });

  it('takes no more than the source gives, and goes on when it is woken', () => {
    const source = new TestSource();
    const seen: number[] = [];
    pull(source).subscribe((value) => seen.push(value));
    expect(seen).toEqual([]);
    source.permits = 3;
    expect(seen).toEqual([]);
    source.wake();
    expect(seen).toEqual([1, 2, 3]);
  });

  it('neither nests nor loses a wake that comes while a value is handed on', () => {
    const source = new TestSource();
    const order: string[] = [];
    source.permits = 1;
    pull(source).subscribe((value) => {
      order.push(`start ${value}`);
      if (value < 3) {
        source.permits += 1;
        source.wake();
      }
      order.push(`end ${value}`);
    });
    expect(order).toEqual(['start 1', 'end 1', 'start 2', 'end 2', 'start 3', 'end 3']);
  });

  it('stops in the middle when it is unsubscribed, and lets the source go', () => {
    const source = new TestSource();
    source.permits = 10;
    const seen: number[] = [];
    pull(source)
      .pipe(take(2))
      .subscribe((value) => seen.push(value));
    expect(seen).toEqual([1, 2]);
    expect(source.permits).toBe(8);
    expect(source.isReleased).toBe(true);
  });

  it('hands on the error of a take that throws', () => {
    const source = new TestSource();
    let failed: unknown;
    pull(source).subscribe({ error: (error: unknown) => (failed = error) });
    source.take = () => {
      throw new Error('broken');
    };
    source.wake();
    expect(failed).toEqual(new Error('broken'));
  });
});
