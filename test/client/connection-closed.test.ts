import { describe, expect, it, vi } from 'vitest';
import { ConnectionRig } from './connection-rig.js';
import { turn } from './fake-sockets.js';
import { ownTime } from './own-time.js';

ownTime();

describe('a connection that is closed', () => {
  it.each([4000, 4003, 4008, 4009, 4013])('with %i is the last', async (code) => {
    const rig = new ConnectionRig();
    await rig.opened();
    rig.socket.end(code, 'why');
    expect(rig.told).toEqual(['lost', expect.stringContaining('stopped')]);
    expect(rig.error?.message).toBe(`the connection was closed with ${code}: why`);
    expect(vi.getTimerCount()).toBe(0);
    expect(rig.network.listener).toBeUndefined();
  });

  it.each([
    [4200, 0],
    [4201, 0],
    [1006, 125],
    [1001, 125],
    [4100, 500],
    [4108, 500],
  ])('with %i is followed by another after %i ms, drawn at random', async (code, ms) => {
    const rig = new ConnectionRig();
    await rig.opened();
    rig.socket.end(code);
    expect(rig.told).toEqual(['lost']);
    expect(rig.reconnectsAfter()).toBe(ms);
    expect(rig.states).toMatchObject([
      { status: 'waiting', attempt: 1, afterMs: ms },
      { status: 'connecting', attempt: 1 },
    ]);
  });

  it('is not followed by another at once if it was short', async () => {
    const rig = new ConnectionRig();
    await rig.opened(999);
    rig.socket.end(4200);
    // It counts as an attempt that failed: half of 500.
    expect(rig.reconnectsAfter()).toBe(250);
  });

  it('before it was open is followed by others after longer and longer waits', async () => {
    const rig = new ConnectionRig();
    await rig.start();
    const waits: number[] = [];
    for (let i = 0; i < 8; i += 1) {
      rig.socket.end(4200);
      waits.push(rig.reconnectsAfter());
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 7500, 7500, 7500]);
    expect(rig.told).toEqual([]);
    rig.socket.welcome();
    vi.advanceTimersByTime(2000);
    rig.socket.end(1006);
    expect(rig.reconnectsAfter()).toBe(125);
  });

  it.each([
    [503, undefined],
    [401, 'unauthenticated'],
    [403, 'permission_denied'],
    [400, 'failed_precondition'],
  ])('because it was refused with %i is followed by another only if that may change', async (status, code) => {
    const rig = new ConnectionRig();
    await rig.start();
    rig.socket.end(1006, '', status);
    if (code === undefined) rig.reconnectsAfter();
    expect(rig.error?.code).toBe(code);
    expect(rig.told).toEqual(code === undefined ? [] : [`stopped ${code}`]);
  });

  it('with 4001 is followed by another where a function gives a fresh token, and it was open', async () => {
    const tokens = ['one', 'two'];
    const rig = new ConnectionRig({ token: () => tokens.shift() as string });
    await rig.opened();
    rig.socket.end(4001);
    expect(rig.state).toMatchObject({ status: 'waiting', afterMs: 500 });
    vi.advanceTimersByTime(500);
    await turn();
    expect(rig.sockets.all).toHaveLength(2);
    rig.socket.events.opened();
    expect(rig.socket.frames[0]).toMatchObject({ token: 'two' });
    rig.socket.end(4001);
    expect(rig.error?.code).toBe('unauthenticated');
  });

  it('with 4001 is the last where the token is always the same', async () => {
    const rig = new ConnectionRig({ token: 'fixed' });
    await rig.opened();
    rig.socket.end(4001);
    expect(rig.told).toEqual(['lost', 'stopped unauthenticated']);
  });

  it('is the last where there are to be no others', async () => {
    const rig = new ConnectionRig({ reconnect: false });
    await rig.opened();
    rig.socket.end(4200);
    expect(rig.told).toEqual(['lost', 'stopped unavailable']);
    expect(rig.error).toMatchObject({
      retry: 'no',
      started: 'maybe',
      message: 'the connection was closed with 4200; no further attempt is made',
    });
  });

  it('is the last when there were as many attempts in a row as there may be', async () => {
    const rig = new ConnectionRig({ reconnect: { attempts: 3 } });
    await rig.opened();
    rig.socket.end(1006);
    for (let i = 0; i < 3; i += 1) {
      rig.reconnectsAfter();
      rig.socket.end(1006);
    }
    expect(rig.told).toEqual(['lost', 'stopped unavailable']);
    expect(rig.sockets.all).toHaveLength(4);
    expect(vi.getTimerCount()).toBe(0);
  });
});
