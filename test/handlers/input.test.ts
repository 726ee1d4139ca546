import { describe, expect, it } from 'vitest';
import { defineHandler } from '../../src/handlers/define-handler.js';
import { outcomeOf, TestFlow } from '../support/test-flow.js';

describe('the schema of a handler', () => {
  const failing = { issues: [{ message: 'too short', path: ['name', { key: 'first' }] }] };
  const schema = (validate: (value: unknown) => unknown) =>
    ({ '~standard': { version: 1, vendor: 'test', validate } }) as never;

  it('refuses data that does not fit, naming where', () => {
    const flow = new TestFlow([defineHandler({ type: 'work', input: schema(() => failing), handle: () => 1 })]);
    expect(flow.admit({ type: 'work', data: {} })).toMatchObject({
      code: 'invalid_argument',
      started: 'no',
      message: 'data.name.first: too short',
      details: { issues: [{ path: 'name.first', message: 'too short' }] },
    });
    flow.counters.refused += 1;
    flow.expectAtRest();
  });

  it('hands the handler what the schema made of the data', async () => {
    const flow = new TestFlow([
      defineHandler({ type: 'work', input: schema((value) => ({ value: [value] })), handle: (event) => event.data }),
    ]);
    const record = flow.send({ type: 'work', data: 'in' });
    await flow.settle();
    expect(outcomeOf(record)).toEqual(['in']);
  });

  it.each([
    { name: 'fits', answer: { value: 'checked' }, outcome: 'checked' },
    { name: 'does not fit', answer: failing, outcome: 'invalid_argument/no' },
  ])('may answer later: the handler waits, and data that $name is found out', async ({ answer, outcome }) => {
    const flow = new TestFlow([
      defineHandler({ type: 'work', input: schema(async () => answer), handle: (event) => event.data }),
    ]);
    const record = flow.send({ type: 'work' });
    await flow.settle();
    expect(outcomeOf(record)).toBe(outcome);
    flow.expectAtRest();
  });

  it.each([
    {
      name: 'throws',
      validate: () => {
        throw new Error('secret');
      },
    },
    { name: 'rejects', validate: () => Promise.reject(new Error('secret')) },
    { name: 'answers nonsense', validate: () => undefined },
  ])('is not trusted either: one that $name refuses the event', async ({ validate }) => {
    const flow = new TestFlow([defineHandler({ type: 'work', input: schema(validate), handle: () => 1 })]);
    const admitted = flow.admit({ type: 'work' });
    if ('state' in admitted) {
      flow.counters.accepted += 1;
      flow.flow.enqueue(admitted);
      await flow.settle();
      expect(outcomeOf(admitted)).toBe('invalid_argument/no');
    } else expect(admitted).toMatchObject({ code: 'invalid_argument' });
    flow.expectAtRest();
  });
});
