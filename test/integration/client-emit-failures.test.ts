/** What becomes of emitted events that fail after they have left: somebody is told. */
import { describe, expect, it, vi } from 'vitest';
import type { EmitFailure } from '../../src/client.js';
import { count, echo, fail } from '../../src/demo/basics.js';
import { clientRig } from '../support/client-rig.js';

const rig = clientRig();

/** Everything that is written to the console while the test runs. */
function consoleLines(): string[] {
  const lines: string[] = [];
  for (const method of ['error', 'warn', 'log', 'info'] as const) {
    vi.spyOn(console, method).mockImplementation((...words: unknown[]) => void lines.push(words.join(' ')));
  }
  return lines;
}

describe('an emit that fails at the gateway', () => {
  it('has resolved, and failures$ tells of it', async () => {
    await rig.start([fail, echo]);
    const lines = consoleLines();
    const client = rig.connect();
    const failures: EmitFailure[] = [];
    client.failures$.subscribe((each) => failures.push(each));
    await client.emit('fail', { code: 'aborted', message: 'not this one' }, { key: 'k' });
    await client.emit('echo', 'fine');
    await client.emit('nobody');
    await vi.waitFor(() => expect(failures).toHaveLength(2));
    expect(failures).toEqual([
      { type: 'fail', key: 'k', error: expect.objectContaining({ code: 'aborted', message: 'not this one' }) },
      { type: 'nobody', key: undefined, error: expect.objectContaining({ code: 'not_found', started: 'no' }) },
    ]);
    expect(lines).toEqual([]);
  });

  it('as it is answered with a stream, of which nobody would read, is ended there, and told', async () => {
    const gateway = await rig.start([count, echo], { window: { initial: 2, max: 2 } });
    const client = rig.connect();
    const failures: EmitFailure[] = [];
    client.failures$.subscribe((each) => failures.push(each));
    for (let i = 0; i < 4; i += 1) await client.emit('count', { to: 1000 });
    expect(await client.request('echo', 'still here')).toBe('still here');
    await vi.waitFor(() => expect(failures).toHaveLength(4));
    for (const { error } of failures) expect(error).toMatchObject({ code: 'failed_precondition', started: 'maybe' });
    expect(gateway.counters.failedBy.get('cancelled')).toBe(4);
  });

  it('is told to each who looks', async () => {
    await rig.start([fail]);
    const client = rig.connect();
    const seen: string[] = [];
    client.failures$.subscribe(() => seen.push('one'));
    client.failures$.subscribe(() => seen.push('two'));
    await client.emit('fail');
    await vi.waitFor(() => expect(seen.sort()).toEqual(['one', 'two']));
  });

  it('is written to the console where nobody looks, in one line for many', async () => {
    await rig.start([fail, echo]);
    const lines = consoleLines();
    const client = rig.connect();
    const startedAtMs = performance.now();
    for (let n = 0; n < 30; n += 1) await client.emit('fail', { code: 'aborted', message: 'not this one' });
    await client.request('echo');
    await vi.waitFor(() => expect(lines.length).toBeGreaterThanOrEqual(1));
    await client.close();
    // One a second, and what is left at the end.
    expect(lines.length).toBeLessThanOrEqual(2 + (performance.now() - startedAtMs) / 1000);
    expect(lines[0]).toMatch(/fail/);
    expect(lines[0]).toMatch(/aborted|not this one/);
  });

  it('is not told to failures$ when the call itself was refused', async () => {
    await rig.start([echo]);
    const client = rig.connect();
    const failures: EmitFailure[] = [];
    client.failures$.subscribe((each) => failures.push(each));
    await expect(client.emit('not a type')).rejects.toMatchObject({ code: 'invalid_argument' });
    await client.request('echo');
    expect(failures).toEqual([]);
  });
});

describe('failures$', () => {
  it('completes when the client is closed', async () => {
    await rig.start([echo]);
    const client = rig.connect();
    const complete = vi.fn();
    client.failures$.subscribe({ complete });
    await client.close();
    expect(complete).toHaveBeenCalledOnce();
  });
});
