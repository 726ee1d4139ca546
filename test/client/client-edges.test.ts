import { expect, it, vi } from 'vitest';
import { numbered, turn } from './fake-sockets.js';
import { aClient, ownTime } from './own-time.js';

ownTime();

it('a client that has drained leaves no timer behind', async () => {
  const { client, sockets } = await aClient();
  const reply = client.request('echo', 1);
  await turn();
  const closed = client.close();
  sockets.last.say(numbered({ op: 'end', id: 1, data: 1 }, 1));
  await closed;
  expect(await reply).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});

it('what onOpen throws does not take other frames with it', async () => {
  const { client, sockets } = await aClient();
  const reading = client
    .subscribe('t', {
      onOpen: () => {
        throw new Error('mine');
      },
    })
    [Symbol.asyncIterator]();
  await turn();
  const reply = client.request('echo', 1);
  await turn();
  expect(() =>
    sockets.last.say(
      numbered({ op: 'subscribed', id: 1, epoch: 'e', offset: 0, recovered: true }, 1),
      numbered({ op: 'end', id: 2, data: 'fine' }, 2),
    ),
  ).not.toThrow();
  await expect(reply).resolves.toBe('fine');
  await reading.return?.();
});

it.each(['null', '[null]', '[1]', '7', '"x"'])('%s is no frame, and a reason to begin anew', async (text) => {
  const { client, sockets } = await aClient();
  expect(() => sockets.last.events.message(text)).not.toThrow();
  expect(client.state.status).not.toBe('closed');
});

it('the failure that ends a drain is told by failures$', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const { client, sockets } = await aClient();
  const seen: string[] = [];
  client.failures$.subscribe(({ error }) => seen.push(error.code));
  await client.emit('tick', 1);
  const closed = client.close();
  sockets.last.say({ op: 'error', id: 1, code: 'internal', message: 'x', retry: 'no', started: 'maybe' });
  await closed;
  expect(seen).toEqual(['internal']);
  expect(warn).not.toHaveBeenCalled();
});

it('a close may take longer than a timer can wait', async () => {
  const { client, sockets } = await aClient();
  const reply = client.request('echo', 1).catch(({ code }: { code: string }) => code);
  await turn();
  const closed = client.close({ withinMs: Number.POSITIVE_INFINITY });
  vi.advanceTimersByTime(1000);
  sockets.last.say({ op: 'end', id: 1, data: 'in time' });
  await closed;
  expect(await reply).toBe('in time');
});

it('a client that is closed by whom its closing tells is closed once, for both at the same time', async () => {
  const { client, sockets } = await aClient();
  const open = client.request('echo', 1);
  const ends: string[] = [];
  client.subscribe('t').subscribe({
    complete: () => {
      client.request('echo', 2).catch(({ code }) => ends.push(code));
      void client.close().then(() => ends.push('inner'));
    },
  });
  await turn();
  const outer = client.close().then(() => ends.push('outer'));
  await turn();
  sockets.last.say(numbered({ op: 'end', id: 1, data: 1 }, 1));
  await outer;
  expect(await open).toBe(1);
  expect(ends.toSorted()).toEqual(['failed_precondition', 'inner', 'outer']);
});
