/**
 * A client whose session outlives its sockets: it is subscribed to a topic and waits for the outcome of an event, and
 * takes all of that up again on a new socket.
 */
import { benchCodec, type Frame } from '../bench/bench-codec.js';
import { subprotocol } from '../client/hello.js';
import { RawSocket } from '../client/raw-socket.js';
import { encoded } from './fanout-dialect.js';
import { type Outcome, ResumeLedger, type ResumeTally } from './resume-ledger.js';

export interface ResumingClientOptions {
  readonly port: number;
  readonly topic: string;
  /** What is asked for, and what it is answered with. */
  readonly event: { readonly type: string; readonly data: object };
  readonly outcome: Outcome;
  readonly tally: ResumeTally;
}

/** It says what it received when there is so much of it; the rest is told once a second. */
const untoldMax = 32;
/** Frames with an id that each client sends. */
const framesWithId = 2;
/** More items than any stream of these measurements has. */
const credit = 1_000_000;

export class ResumingClient {
  readonly ledger: ResumeLedger;
  private readonly options: ResumingClientOptions;
  private socket: RawSocket | undefined;
  private session = '';
  private secret = '';
  private told = 0;
  private settled: { readonly when: () => boolean; readonly resolve: () => void } | undefined;

  constructor(options: ResumingClientOptions) {
    this.options = options;
    this.ledger = new ResumeLedger(options.tally, options.outcome);
  }

  /** The first socket. Resolves when the subscription is open and the event accepted. @throws when it cannot be opened */
  async open(): Promise<void> {
    const { topic, event } = this.options;
    const frames = [
      { op: 'hello', resume: true },
      { op: 'subscribe', id: 1, topic },
      { op: 'event', id: 2, ack: true, credit, ...event },
    ];
    await this.connect(frames, () => this.ledger.isSubscribed && this.ledger.isAccepted);
  }

  /** Ends the connection, and nothing is said. */
  cut(): void {
    this.socket?.destroy();
  }

  /** Another socket. Resolves when the session is taken up again, or refused. @throws when it cannot be opened */
  async resume(): Promise<void> {
    const { session, secret, ledger } = this;
    let isWelcomed = false;
    this.welcomed = (frame): void => {
      isWelcomed = true;
      if (frame.resumed !== true) this.fault(`expected ${session} to be taken up again, got ${JSON.stringify(frame)}`);
      if (frame.received !== framesWithId) this.fault(`expected ${framesWithId} frames, got ${String(frame.received)}`);
      ledger.resumed();
    };
    const resume = { session, secret, received: ledger.received };
    this.told = ledger.received;
    await this.connect([{ op: 'hello', resume }], () => isWelcomed);
  }

  /** Says what it received, if that was not said. */
  tell(): void {
    const { received } = this.ledger;
    if (received === this.told || this.socket?.isOpen !== true) return;
    this.told = received;
    this.socket.send(encoded({ op: 'received', s: received }, 'json'));
  }

  private welcomed: (frame: Frame) => void = ({ session, secret }) => {
    this.session = String(session);
    this.secret = String(secret);
  };

  private connect(frames: readonly object[], when: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.settled = { when, resolve };
      RawSocket.open({
        port: this.options.port,
        path: '/v1/socket',
        subprotocol: subprotocol('json'),
        onOpen: (socket) => {
          this.socket = socket;
          socket.send(Buffer.concat(frames.map((frame) => encoded(frame, 'json'))));
        },
        onMessage: (bytes, start, end) => this.message(bytes.subarray(start, end)),
        onRead: () => this.read(),
        onClose: (reason) => {
          if (when()) this.fault(`a connection ended: ${reason}`);
          reject(new Error(`expected an open connection, got ${reason}`));
        },
      }).catch(reject);
    });
  }

  private message(bytes: Buffer): void {
    for (const frame of benchCodec('json').decode(bytes)) {
      if (frame.op === 'welcome') this.welcomed(frame);
      else if (frame.op === 'ping') this.socket?.send(encoded({ op: 'pong', at: frame.at }, 'json'));
      else this.ledger.take(frame);
    }
  }

  private read(): void {
    if (this.ledger.received - this.told >= untoldMax) this.tell();
    if (this.settled?.when() !== true) return;
    this.settled.resolve();
    this.settled = undefined;
  }

  private fault(words: string): void {
    this.options.tally.faults.sessions += 1;
    this.options.tally.note(words);
  }
}
