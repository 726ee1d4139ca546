import { describe, expect, it } from 'vitest';
import { AnswerTime } from '../../../load/bench/answer-time.js';

describe('the time an answer takes', () => {
  it('is nothing as long as nobody knows', () => {
    expect(new AnswerTime().atMost(100)).toBe(0);
  });

  it('comes near to what answers take, when they all take as long', () => {
    const time = new AnswerTime();
    for (let i = 0; i < 100; i += 1) time.took(20);
    expect(time.atMost(1000)).toBeCloseTo(20, 1);
  });

  it('leaves room for those that take longer than most', () => {
    const time = new AnswerTime();
    for (let i = 0; i < 100; i += 1) time.took(i % 2 === 0 ? 10 : 30);
    expect(time.atMost(1000)).toBeGreaterThan(30);
  });

  it('is never all the time there is, or nothing would be sent any more', () => {
    const time = new AnswerTime();
    time.took(10_000);
    expect(time.atMost(250)).toBe(200);
  });
});
