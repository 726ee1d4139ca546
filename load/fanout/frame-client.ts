/** A client that says frames and counts what it hears, for what is not timed. */
import { benchCodec, type Frame } from '../bench/bench-codec.js';
import { subprotocol } from '../client/hello.js';
import type { Encoding } from '../client/order.js';
import { RawSocket } from '../client/raw-socket.js';
import { encoded } from './fanout-dialect.js';

export class FrameClient {
  /** `op` → frames of it so far. */
  readonly heard = new Map<string, number>();
  private readonly encoding: Encoding;
  private socket: RawSocket | undefined;
  private waiting:
    | { readonly isMeant: (frame: Frame) => boolean; readonly resolve: (frame: Frame) => void }
    | undefined;
  private failed: ((error: Error) => void) | undefined;
  private pings = 0;

  private constructor(encoding: Encoding) {
    this.encoding = encoding;
  }

  /** Connects, and says hello. @throws when there is no welcome */
  static async open(port: number, encoding: Encoding, hello: object = {}): Promise<FrameClient> {
    const client = new FrameClient(encoding);
    client.socket = await RawSocket.open({
      port,
      path: '/v1/socket',
      subprotocol: subprotocol(encoding),
      onMessage: (bytes, start, end) => client.message(bytes.subarray(start, end)),
      onRead: () => undefined,
      onClose: (reason) => client.failed?.(new Error(`expected an open connection, got ${reason}`)),
    });
    await client.ask([{ op: 'hello', ...hello }], (frame) => frame.op === 'welcome');
    return client;
  }

  /** Says frames, and waits for one. @throws when the connection ends first */
  ask(frames: readonly object[], isMeant: (frame: Frame) => boolean): Promise<Frame> {
    return new Promise((resolve, reject) => {
      this.waiting = { isMeant, resolve };
      this.failed = reject;
      this.socket?.send(Buffer.concat(frames.map((frame) => encoded(frame, this.encoding))));
    });
  }

  /** Says frames, and waits until all of them are handled: frames are handled in their order, and a ping is answered. */
  async say(frames: readonly object[]): Promise<void> {
    this.pings += 1;
    const at = this.pings;
    await this.ask([...frames, { op: 'ping', at }], (frame) => frame.op === 'pong' && frame.at === at);
  }

  /** One event and the data of its answer. @throws what the gateway answers instead */
  async request(type: string, data: object): Promise<unknown> {
    this.pings += 1;
    const id = `r${this.pings}`;
    const answer = await this.ask([{ op: 'event', type, id, data }], (frame) => frame.id === id);
    if (answer.op !== 'end') throw new Error(`expected ${type} to be answered, got ${JSON.stringify(answer)}`);
    return answer.data;
  }

  close(): void {
    this.socket?.destroy();
  }

  private message(bytes: Buffer): void {
    for (const frame of benchCodec(this.encoding).decode(bytes)) {
      this.heard.set(frame.op, (this.heard.get(frame.op) ?? 0) + 1);
      if (this.waiting?.isMeant(frame) === true) this.waiting.resolve(frame);
    }
  }
}
