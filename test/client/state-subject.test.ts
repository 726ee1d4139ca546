import { describe, expect, it } from 'vitest';
import type { ConnectionState } from '../../src/client/api.js';
import { sluiceError } from '../../src/client/sluice-error.js';
import { StateSubject } from '../../src/client/state-subject.js';

const open: ConnectionState = { status: 'open', session: 's', continuity: 'new' };
const waiting: ConnectionState = { status: 'waiting', attempt: 2, afterMs: 5, why: 'lost' };

function seenBy(subject: StateSubject): string[] {
  const seen: string[] = [];
  subject.state$.subscribe({ next: ({ status }) => seen.push(status), complete: () => seen.push('complete') });
  return seen;
}

describe('the state of a connection', () => {
  it('is told as it is, and then each change of it, to all who look', () => {
    const subject = new StateSubject();
    const early = seenBy(subject);
    subject.set({ status: 'connecting', attempt: 1 });
    subject.set(open);
    const late = seenBy(subject);
    subject.set(waiting);
    expect(subject.state).toBe(waiting);
    expect(early).toEqual(['connecting', 'open', 'waiting']);
    expect(late).toEqual(['open', 'waiting']);
  });

  it('tells each attempt but the first, which everybody has seen', () => {
    const subject = new StateSubject();
    const seen = seenBy(subject);
    subject.set({ status: 'connecting', attempt: 1 });
    subject.set({ status: 'connecting', attempt: 2 });
    expect(seen).toEqual(['connecting', 'connecting']);
  });

  it('ends when it is closed, and stays so', () => {
    const subject = new StateSubject();
    const seen = seenBy(subject);
    subject.set({ status: 'closed' });
    subject.set(open);
    expect(subject.state).toEqual({ status: 'closed' });
    expect(seen).toEqual(['connecting', 'closed', 'complete']);
    expect(seenBy(subject)).toEqual(['closed', 'complete']);
  });

  it('forgets who does not look any more', () => {
    const subject = new StateSubject();
    const seen: string[] = [];
    const subscription = subject.state$.subscribe(({ status }) => seen.push(status));
    subscription.unsubscribe();
    subject.set(open);
    expect(seen).toEqual(['connecting']);
  });

  it('lets an observer close the client, whatever the others are told', () => {
    const subject = new StateSubject();
    subject.state$.subscribe(({ status }) => {
      if (status === 'open') subject.set({ status: 'closed' });
    });
    const seen = seenBy(subject);
    subject.set(open);
    expect(subject.state.status).toBe('closed');
    expect(seen).toEqual(['connecting', 'closed', 'complete']);
  });

  it('is awaited once for all, until it is open', async () => {
    const subject = new StateSubject();
    const { ready } = subject;
    expect(subject.ready).toBe(ready);
    subject.set(waiting);
    subject.set(open);
    await expect(ready).resolves.toBeUndefined();
    await expect(subject.ready).resolves.toBeUndefined();
    subject.set(waiting);
    const next = subject.ready;
    subject.set(open);
    await expect(next).resolves.toBeUndefined();
  });

  it('is no longer awaited when it will not be open, with the reason where there is one', async () => {
    const error = sluiceError('unauthenticated', 'no');
    const subject = new StateSubject();
    const { ready } = subject;
    subject.set({ status: 'closed', error });
    await expect(ready).rejects.toBe(error);
    await expect(subject.ready).rejects.toBe(error);
    const other = new StateSubject();
    other.set({ status: 'closed' });
    await expect(other.ready).rejects.toMatchObject({ code: 'cancelled', message: 'the client is closed' });
  });
});
