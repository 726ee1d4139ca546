import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Client } from '../../src/client.js';
import { connect } from '../../src/client.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler, definePublisher, HandlerError } from '../../src/index.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';
import { FakeReact } from './fake-react.js';

/** What the module exports; it is JavaScript, and has its types in comments. */
interface Hooks {
  useConnection(): { status: string };
  useRequest(type: string, data?: unknown): { status: string; reply?: unknown; error?: { code: string } };
  useTopic(
    topic: string,
    options?: object,
  ): { messages: readonly { data: number }[]; missing: number; error?: unknown };
}
const path = '../../examples/react/use-sluice.js';
const { makeHooks } = (await import(path)) as { makeHooks(react: FakeReact, client: Client): Hooks };

let gateway: Gateway | undefined;
let client: Client | undefined;

afterEach(async () => {
  await client?.close({ drain: false });
  if (gateway !== undefined) await expectConservation(gateway);
  gateway?.close();
});

async function start(): Promise<{ react: FakeReact; hooks: Hooks; client: Client; asked: unknown[] }> {
  const asked: unknown[] = [];
  const ask = defineHandler({
    type: 'ask',
    async handle({ data }, { signal }) {
      asked.push(data);
      if (data === 'nothing') throw new HandlerError('not_found', 'there is none');
      if (data === 'forever') await new Promise((done) => signal.addEventListener('abort', done));
      return `about ${String(data)}`;
    },
  });
  const note = definePublisher({ type: 'note', topic: ({ key }) => `notes.${key}` });
  gateway = await startTestGateway([ask, note], { anonymous: { publish: ['notes.*'] } });
  const connected = connect(gateway.url);
  client = connected;
  const react = new FakeReact();
  return { react, hooks: makeHooks(react, connected), client: connected, asked };
}

const last = <T>(react: FakeReact): T => react.rendered.at(-1) as T;

describe('examples/react/use-sluice.js', () => {
  it('shows how the connection is', async () => {
    const { react, hooks, client } = await start();
    react.render(() => hooks.useConnection().status);
    expect(last(react)).toBe('connecting');
    await vi.waitFor(() => expect(last(react)).toBe('open'));
    await client.close();
    await vi.waitFor(() => expect(last(react)).toBe('closed'));
  });

  it('asks once for the same thing, and again for another', async () => {
    const { react, hooks, asked } = await start();
    react.render(() => hooks.useRequest('ask', { id: 1 }));
    react.render(() => hooks.useRequest('ask', { id: 1 }));
    expect(last(react)).toEqual({ status: 'waiting' });
    await vi.waitFor(() => expect(last(react)).toEqual({ status: 'done', reply: 'about [object Object]' }));
    react.render(() => hooks.useRequest('ask', 'nothing'));
    await vi.waitFor(() => expect(last(react)).toMatchObject({ status: 'failed', error: { code: 'not_found' } }));
    expect(asked).toEqual([{ id: 1 }, 'nothing']);
  });

  it('cancels a request that is left, and says nothing more', async () => {
    const { react, hooks, asked } = await start();
    react.render(() => hooks.useRequest('ask', 'forever'));
    await vi.waitFor(() => expect(asked).toEqual(['forever']));
    react.leave();
    await vi.waitFor(() => expect(gateway?.inUse().events).toBe(0));
    expect(react.rendered).toEqual([{ status: 'waiting' }]);
  });

  it('shows the newest messages of a topic, once per frame, and stops when it is left', async () => {
    const { react, hooks, client } = await start();
    react.render(() => hooks.useTopic('notes.a', { keep: 10, overflow: 'wait' }));
    await client.ready;
    await vi.waitFor(() => expect(client.usage.open).toBe(1));
    await Promise.all(Array.from({ length: 200 }, (_, n) => client.publish('note', n + 1, { key: 'a' })));
    const newest = Array.from({ length: 10 }, (_, n) => 191 + n);
    await vi.waitFor(() => {
      const { messages } = last<ReturnType<Hooks['useTopic']>>(react);
      expect(messages.map(({ data }) => data)).toEqual(newest);
    });
    expect(react.rendered.length).toBeLessThan(60);
    react.leave();
    await vi.waitFor(() => expect(client.usage.open).toBe(0));
  });

  it('counts the messages that a screen was too slow for', async () => {
    const { react, hooks, client } = await start();
    await Promise.all(Array.from({ length: 50 }, (_, n) => client.publish('note', n + 1, { key: 'b' })));
    // No frame is drawn: the page is not shown.
    const frames: (() => void)[] = [];
    vi.stubGlobal('requestAnimationFrame', (draw: () => void) => frames.push(draw));
    react.render(() => hooks.useTopic('notes.b', { keep: 5 }));
    await vi.waitFor(() => expect(client.usage.open).toBe(1));
    await Promise.all(Array.from({ length: 1000 }, (_, n) => client.publish('note', n + 51, { key: 'b' })));
    expect(react.rendered).toHaveLength(1);
    await vi.waitFor(
      () => {
        for (const draw of frames.splice(0)) draw();
        const { messages, missing } = last<ReturnType<Hooks['useTopic']>>(react);
        expect(messages.at(-1)?.data).toBe(1050);
        expect(missing).toBeGreaterThan(0);
      },
      { timeout: 5000, interval: 5 },
    );
    vi.unstubAllGlobals();
  });
});
