import { describe, expect, it, vi } from 'vitest';
import { ConnectionRig } from './connection-rig.js';
import { turn } from './fake-sockets.js';
import { ownTime } from './own-time.js';

ownTime();

describe('a connection', () => {
  it('is made when the turn is over, says hello, and is open when it was welcomed', async () => {
    const rig = new ConnectionRig({ token: 'secret' });
    rig.connection.start();
    expect(rig.sockets.all).toEqual([]);
    await turn();
    expect(rig.socket).toMatchObject({ url: 'ws://gateway.test/v1/socket', subprotocol: 'sluice.v1.json' });
    rig.socket.events.opened();
    expect(rig.socket.frames).toEqual([{ op: 'hello', batch: true, token: 'secret', resume: true }]);
    expect(rig.connection.isOpen).toBe(false);
    rig.socket.welcome({ session: 's_7' });
    expect(rig.connection.isOpen).toBe(true);
    expect(rig.states).toEqual([
      { status: 'connecting', attempt: 1 },
      { status: 'open', session: 's_7', continuity: 'new' },
    ]);
    expect(rig.told).toEqual(['welcome s_7', 'message end']);
  });

  it('hands on the frames of a message in their order, and says when they are over', async () => {
    const rig = new ConnectionRig();
    await rig.opened();
    rig.socket.say({ op: 'credit', max: 1 }, { op: 'pong' });
    rig.socket.say({ op: 'pong' });
    expect(rig.told).toEqual(['credit', 'pong', 'message end', 'pong', 'message end']);
  });

  it('hands on nothing that comes before the welcome', async () => {
    const rig = new ConnectionRig();
    await rig.start();
    rig.socket.events.opened();
    rig.socket.say({ op: 'credit', max: 1 });
    expect(rig.told).toEqual([]);
  });

  it('asks for its session again, and tells what became of it', async () => {
    const rig = new ConnectionRig();
    await rig.opened();
    rig.grant = { session: 's_1', secret: 'hush', received: 9 };
    rig.socket.end(1006);
    rig.reconnectsAfter();
    rig.socket.welcome({ resumed: true });
    expect(rig.socket.frames[0]).toEqual({ op: 'hello', batch: true, resume: rig.grant });
    expect(rig.state).toMatchObject({ status: 'open', continuity: 'resumed' });
    rig.socket.end(1006);
    rig.reconnectsAfter();
    rig.socket.welcome({ resumed: false });
    expect(rig.state).toMatchObject({ status: 'open', continuity: 'lost' });
  });

  it('does not ask for a session that is to be taken up again where the client does not want one', async () => {
    const rig = new ConnectionRig({ resume: false });
    await rig.start();
    rig.socket.events.opened();
    expect(rig.socket.frames).toEqual([{ op: 'hello', batch: true }]);
  });

  it('is given up when it is not there in time, and its socket cut; what that says later is nobody’s business', async () => {
    const rig = new ConnectionRig({ connectTimeoutMs: 3000 });
    await rig.start();
    const { socket } = rig;
    socket.events.opened();
    vi.advanceTimersByTime(3000);
    expect(socket.endedWith).toBe('cut');
    expect(rig.state).toMatchObject({ status: 'waiting', attempt: 2, why: 'there was no connection within 3000 ms' });
    socket.welcome();
    socket.end(4003);
    expect(rig.told).toEqual([]);
    rig.reconnectsAfter();
  });

  it('waits for the token, no longer than for a connection, and does not use one that comes later', async () => {
    const resolves: ((token: string) => void)[] = [];
    const rig = new ConnectionRig({
      connectTimeoutMs: 3000,
      token: () => new Promise((resolve) => resolves.push(resolve)),
    });
    await rig.start();
    vi.advanceTimersByTime(3000);
    expect(rig.state).toMatchObject({ status: 'waiting' });
    resolves[0]?.('late');
    await turn();
    expect(rig.sockets.all).toEqual([]);
  });

  it('is tried again when the token could not be had', async () => {
    let calls = 0;
    const token = () => {
      calls += 1;
      if (calls === 1) throw new Error('no network');
      return 'fine';
    };
    const rig = new ConnectionRig({ token });
    await rig.start();
    expect(rig.state).toMatchObject({ status: 'waiting', why: 'the token could not be had: Error: no network' });
    vi.advanceTimersByTime(1000);
    await turn();
    expect(rig.sockets.all).toHaveLength(1);
  });

  it('is dropped when a message cannot be decoded, and taken up again', async () => {
    const rig = new ConnectionRig();
    await rig.opened();
    const { socket } = rig;
    socket.events.message('{"op":');
    expect(socket.endedWith).toBe('cut');
    expect(rig.told).toEqual(['lost']);
    expect(rig.state).toMatchObject({
      status: 'waiting',
      afterMs: 0,
      why: expect.stringContaining('could not be decoded'),
    });
    rig.reconnectsAfter();
  });

  it('is dropped when it is told to begin anew, once; the rest of the message is not looked at', async () => {
    const rig = new ConnectionRig();
    await rig.opened();
    const { connection, socket } = rig;
    connection.restart('a frame is missing');
    connection.restart('a frame is missing');
    expect(rig.states).toMatchObject([{ status: 'waiting', why: 'a frame is missing' }]);
    socket.say({ op: 'pong' });
    expect(rig.told).toEqual(['lost']);
  });

  it('is dropped when nothing is heard any more, and not while something is', async () => {
    const rig = new ConnectionRig();
    await rig.opened();
    for (let i = 0; i < 10; i += 1) {
      vi.advanceTimersByTime(9000);
      rig.socket.say({ op: 'pong' });
    }
    expect(rig.states).toEqual([]);
    rig.socket.messages.length = 0;
    vi.advanceTimersByTime(25_000);
    expect(rig.socket.frames).toEqual([]);
    expect(rig.sockets.all).toHaveLength(2);
    expect(rig.sockets.all[0]).toMatchObject({ endedWith: 'cut' });
    expect(rig.sockets.all[0]?.frames).toEqual([{ op: 'ping' }]);
  });

  it('is the last where no socket can be opened', async () => {
    const cause = new SyntaxError('not a URL');
    const rig = new ConnectionRig({
      openSocket: () => {
        throw cause;
      },
    });
    await rig.start();
    expect(rig.told).toEqual(['stopped invalid_argument']);
    expect(rig.error?.cause).toBe(cause);
  });
});
