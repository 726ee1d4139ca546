/** Outcomes: claims, what becomes of them, and how long that is known. */
import { expect, it } from 'vitest';
import type { Outcomes, RecordedOutcome } from '../../src/engine/engine.js';
import { failure } from '../../src/protocol/error-codes.js';
import { type MakeEngine, outcomesWithin } from './engine-bounds.js';

export function outcomeDuties(makeEngine: MakeEngine): void {
  const outcomesOf = (bounds = {}) => makeEngine(outcomesWithin(bounds)).engine.outcomes;

  it('of many claims of a key one is given', async () => {
    const outcomes = outcomesOf();
    const claims = await Promise.all(Array.from({ length: 20 }, () => outcomes.claim('k', 'x')));
    expect(claims.map(({ state }) => state)).toEqual(['claimed', ...new Array(19).fill('pending')]);
    expect(await outcomes.claim('l', 'x')).toEqual({ state: 'claimed' });
  });

  it('who claims what is done gets its outcome, a value or a failure', async () => {
    const outcomes = outcomesOf();
    const failed = { failure: failure('not_found', 'no such order') };
    await finish(outcomes, 'k', value);
    await finish(outcomes, 'l', failed);
    for (let i = 0; i < 2; i += 1) {
      expect(await outcomes.claim('k', 'x')).toEqual({ state: 'done', outcome: value });
      expect(await outcomes.claim('l', 'x')).toEqual({ state: 'done', outcome: failed });
    }
  });

  it('other content under the same key is a conflict, before the end and after it', async () => {
    const outcomes = outcomesOf();
    await outcomes.claim('k', 'x');
    expect(await outcomes.claim('k', 'y')).toEqual({ state: 'conflict' });
    await outcomes.complete('k', value);
    expect(await outcomes.claim('k', 'y')).toEqual({ state: 'conflict' });
    expect(await outcomes.claim('k', 'x')).toEqual({ state: 'done', outcome: value });
  });

  it('a key that is released can be claimed again, with any content', async () => {
    const outcomes = outcomesOf();
    await outcomes.claim('k', 'x');
    await outcomes.release('k');
    expect(await outcomes.claim('k', 'y')).toEqual({ state: 'claimed' });
  });

  it('what is not pending can be neither completed nor released', async () => {
    const outcomes = outcomesOf();
    await finish(outcomes, 'k', value);
    await outcomes.complete('k', { value: 'another', items: -1 });
    await outcomes.release('k');
    expect(await outcomes.claim('k', 'x')).toEqual({ state: 'done', outcome: value });
    await outcomes.complete('unknown', value);
    await outcomes.release('unknown');
    expect(await outcomes.claim('unknown', 'x')).toEqual({ state: 'claimed' });
  });

  it('all who wait for a key are called once, in order, when it is completed or released', async () => {
    const outcomes = outcomesOf();
    for (const key of ['k', 'l']) await outcomes.claim(key, 'x');
    const calls: unknown[] = [];
    const done = [waited(outcomes, 'k'), waited(outcomes, 'k'), waited(outcomes, 'l')].map((waiting, i) =>
      waiting.then((outcome) => calls.push([i, outcome])),
    );
    await outcomes.complete('k', value);
    await outcomes.release('l');
    await Promise.all(done);
    expect(calls).toEqual([
      [0, value],
      [1, value],
      [2, undefined],
    ]);
    await outcomes.complete('k', value);
    await outcomes.claim('l', 'x');
    await outcomes.complete('l', value);
    expect(calls).toHaveLength(3);
  });

  it('who waits for a key that is released with an outcome gets it, and the key is free all the same', async () => {
    const outcomes = outcomesOf();
    await outcomes.claim('k', 'x');
    const waiting = waited(outcomes, 'k');
    await outcomes.release('k', value);
    expect(await waiting).toEqual(value);
    expect(await outcomes.claim('k', 'x')).toEqual({ state: 'claimed' });
  });

  it('who takes its wait back is not called', async () => {
    const outcomes = outcomesOf();
    await outcomes.claim('k', 'x');
    const calls: number[] = [];
    const takeBack = outcomes.wait('k', () => calls.push(1));
    const last = new Promise<void>((resolve) => outcomes.wait('k', () => resolve()));
    takeBack();
    await outcomes.complete('k', value);
    await last;
    expect(calls).toEqual([]);
  });

  it('who comes too late to wait is called with what there is', async () => {
    const outcomes = outcomesOf();
    await finish(outcomes, 'k', value);
    expect(await waited(outcomes, 'k')).toEqual(value);
    expect(await waited(outcomes, 'unknown')).toBeUndefined();
  });

  it('who is called may claim: the key is free, or done', async () => {
    const outcomes = outcomesOf();
    for (const key of ['k', 'l']) await outcomes.claim(key, 'x');
    const claims = ['k', 'l'].map(
      (key) => new Promise((resolve) => outcomes.wait(key, () => resolve(outcomes.claim(key, 'x')))),
    );
    await outcomes.release('k');
    await outcomes.complete('l', value);
    expect(await Promise.all(claims)).toEqual([{ state: 'claimed' }, { state: 'done', outcome: value }]);
  });

  it('an outcome is remembered for its time, and not longer', async () => {
    const { engine, advance } = makeEngine(outcomesWithin({ ms: 100 }));
    const { outcomes } = engine;
    await outcomes.claim('k', 'x');
    advance(90);
    await outcomes.complete('k', value);
    advance(99);
    expect(await outcomes.claim('k', 'x')).toEqual({ state: 'done', outcome: value });
    advance(1);
    expect(await waited(outcomes, 'k')).toBeUndefined();
    expect(await outcomes.claim('k', 'y')).toEqual({ state: 'claimed' });
  });

  it('a key is pending for as long as it takes', async () => {
    const { engine, advance } = makeEngine(outcomesWithin({ ms: 100, entriesMax: 1 }));
    await engine.outcomes.claim('k', 'x');
    advance(10_000);
    expect(await engine.outcomes.claim('l', 'x')).toEqual({ state: 'claimed' });
    expect(await engine.outcomes.claim('k', 'x')).toEqual({ state: 'pending' });
  });

  it('of too many outcomes those completed first are forgotten', async () => {
    const outcomes = outcomesOf({ entriesMax: 4 });
    for (const key of ['a', 'b', 'c', 'd']) await outcomes.claim(key, 'x');
    for (const key of ['c', 'a', 'd']) await outcomes.complete(key, value);
    await outcomes.claim('e', 'x');
    expect(await states(outcomes, ['a', 'd', 'b', 'e'])).toEqual(['done', 'done', 'pending', 'pending']);
    await outcomes.claim('f', 'x');
    expect(await states(outcomes, ['d', 'b', 'e', 'f'])).toEqual(['done', 'pending', 'pending', 'pending']);
  });

  it('where all keys are pending another claim is given beyond their number', async () => {
    const outcomes = outcomesOf({ entriesMax: 2 });
    for (const key of ['a', 'b', 'c', 'd']) expect(await outcomes.claim(key, 'x')).toEqual({ state: 'claimed' });
    for (const key of ['a', 'b', 'c', 'd']) await outcomes.complete(key, value);
    expect(await states(outcomes, ['d', 'c'])).toEqual(['done', 'done']);
    expect(await states(outcomes, ['a'])).toEqual(['claimed']);
  });

  it('of too large outcomes those completed first are forgotten, and one too large alone is only told', async () => {
    const outcomes = outcomesOf({ bytesMax: 10_000 });
    const large = (length: number): RecordedOutcome => ({ value: ['x'.repeat(length)], items: -1 });
    for (const key of ['a', 'b', 'c', 'd']) await finish(outcomes, key, large(3000));
    expect(await states(outcomes, ['b', 'c', 'd'])).toEqual(['done', 'done', 'done']);
    await outcomes.claim('e', 'x');
    const waiting = waited(outcomes, 'e');
    await outcomes.complete('e', large(20_000));
    expect(await waiting).toEqual(large(20_000));
    expect(await states(outcomes, ['b', 'c', 'd', 'e', 'a'])).toEqual(['done', 'done', 'done', 'claimed', 'claimed']);
  });
}

const value: RecordedOutcome = { value: { orderId: 'o-17' }, items: -1 };

async function finish(outcomes: Outcomes, key: string, outcome: RecordedOutcome): Promise<void> {
  await outcomes.claim(key, 'x');
  await outcomes.complete(key, outcome);
}

function waited(outcomes: Outcomes, key: string): Promise<RecordedOutcome | undefined> {
  return new Promise((resolve) => outcomes.wait(key, resolve));
}

/** What claiming each gives, in order. */
async function states(outcomes: Outcomes, keys: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const key of keys) found.push((await outcomes.claim(key, 'x')).state);
  return found;
}
