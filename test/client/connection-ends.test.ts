import { describe, expect, it, vi } from 'vitest';
import { ConnectionRig } from './connection-rig.js';
import { turn } from './fake-sockets.js';
import { ownTime } from './own-time.js';

ownTime();

describe('a connection to a gateway that drains', () => {
  it('stays until that closes it, and comes back then', async () => {
    const rig = new ConnectionRig();
    await rig.opened();
    rig.socket.say({ op: 'goaway', afterMs: 50, untilMs: 10_000 });
    expect(rig.state).toEqual({ status: 'draining', afterMs: 50 });
    expect(rig.connection.isOpen).toBe(true);
    vi.advanceTimersByTime(9000);
    rig.socket.end(4200);
    expect(rig.reconnectsAfter()).toBe(0);
  });

  it('is dropped when that is late by two seconds', async () => {
    const rig = new ConnectionRig();
    await rig.opened(0);
    rig.socket.say({ op: 'goaway', afterMs: 50, untilMs: 3000 });
    const { socket } = rig;
    vi.advanceTimersByTime(4999);
    expect(socket.endedWith).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(socket.endedWith).toBe('cut');
    expect(rig.state).toMatchObject({ status: 'waiting', why: 'the gateway shuts down' });
  });
});

describe('the connection of a browser', () => {
  it('is not waited for while there is no network, and tried at once when there is', async () => {
    const rig = new ConnectionRig();
    await rig.opened();
    rig.network.isOnline = false;
    rig.socket.end(1006);
    expect(rig.state).toEqual({ status: 'offline' });
    expect(vi.getTimerCount()).toBe(0);
    rig.network.isOnline = true;
    rig.network.listener?.online();
    expect(rig.state).toEqual({ status: 'connecting', attempt: 1 });
    expect(rig.sockets.all).toHaveLength(2);
  });

  it('is not waited for any longer when the network is gone, or is there', async () => {
    const rig = new ConnectionRig();
    await rig.start();
    rig.socket.end(1006);
    expect(rig.state).toMatchObject({ status: 'waiting' });
    rig.network.listener?.offline();
    expect(rig.state).toEqual({ status: 'offline' });
    vi.advanceTimersByTime(60_000);
    expect(rig.sockets.all).toHaveLength(1);
    rig.network.listener?.online();
    expect(rig.sockets.all).toHaveLength(2);
  });

  it('leaves no socket behind that was opening when the network changed', async () => {
    const rig = new ConnectionRig();
    await rig.start();
    rig.network.listener?.offline();
    rig.network.listener?.online();
    rig.network.listener?.online();
    expect(rig.sockets.all.map(({ endedWith }) => endedWith)).toEqual(['cut', 'cut', undefined]);
    rig.socket.welcome();
    expect(rig.connection.isOpen).toBe(true);
  });

  it('asks for a sign of life when the network changed, or the page is looked at again, and is dropped if none comes', async () => {
    for (const event of ['offline', 'online', 'visible'] as const) {
      const rig = new ConnectionRig();
      await rig.opened(100);
      rig.socket.messages.length = 0;
      rig.network.listener?.[event]();
      expect(rig.socket.frames).toEqual([{ op: 'ping' }]);
      expect(rig.states).toEqual([]);
      vi.advanceTimersByTime(5000);
      expect(rig.states[0]).toMatchObject({ status: 'waiting', why: 'nothing was heard of the gateway' });
      rig.connection.stop();
    }
  });
});

describe('a connection that is stopped', () => {
  it('ends the session at the gateway, and tells nothing any more', async () => {
    const rig = new ConnectionRig();
    await rig.opened();
    const { socket } = rig;
    await Promise.all([rig.connection.stop(), rig.connection.stop()]);
    expect(socket.endedWith).toBe('4099');
    expect(rig.connection.isOpen).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
    expect(rig.network.listener).toBeUndefined();
    socket.say({ op: 'pong' });
    socket.end(4200);
    expect(rig.told).toEqual([]);
    expect(rig.states).toEqual([]);
  });

  it('before it began, while it opens, or while it waits leaves nothing behind', async () => {
    const before = new ConnectionRig();
    before.connection.start();
    before.connection.stop();
    await turn();
    expect(before.sockets.all).toEqual([]);
    const opening = new ConnectionRig();
    await opening.start();
    opening.connection.stop();
    expect(opening.socket.endedWith).toBe('4099');
    const waiting = new ConnectionRig();
    await waiting.start();
    waiting.socket.end(1006);
    waiting.connection.stop();
    vi.advanceTimersByTime(60_000);
    expect(waiting.sockets.all).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('while it waits for its token opens no socket', async () => {
    let give: (token: string) => void = () => undefined;
    const rig = new ConnectionRig({
      token: () =>
        new Promise((resolve) => {
          give = resolve;
        }),
    });
    await rig.start();
    rig.connection.stop();
    give('late');
    await turn();
    expect(rig.sockets.all).toEqual([]);
  });
});
