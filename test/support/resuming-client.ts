/**
 * A client that loses its connection and comes back, with no more than the protocol's text to go by. It numbers what it
 * gets as the text says and writes down every breach; what comes again must be what came before.
 */
import { type Frame, TestClient } from './test-client.js';

export interface ResumingClientOptions {
  readonly encoding?: 'json' | 'msgpack';
  readonly batch?: boolean;
}

/** What takes a session up again. */
export interface Grant {
  readonly session: string;
  readonly secret: string;
}

/** What `hello` says, where that is not the truth. */
export interface ResumeOptions extends Partial<Grant> {
  readonly received?: number;
  readonly encoding?: 'json' | 'msgpack';
}

const reliableOps = new Set(['ack', 'item', 'end', 'subscribed', 'gap']);

export class ResumingClient {
  /** Breaches of the protocol. */
  readonly faults: string[] = [];
  readonly welcomes: Frame[] = [];
  /** How many numbered frames came that it had already. */
  repeats = 0;
  readonly #port: number;
  readonly #options: ResumingClientOptions;
  #connection: TestClient | undefined = undefined;
  /** Frames of the connection that were looked at. */
  #taken = 0;
  /** The number the next reliable frame of the connection has to carry. */
  #expected = 1;
  #received = 0;
  #frames: Frame[] = [];
  #numbered = new Map<number, Frame>();
  #sent: Frame[] = [];

  private constructor(port: number, options: ResumingClientOptions) {
    this.#port = port;
    this.#options = options;
  }

  /** Opens a session that can be resumed. */
  static async connect(port: number, options: ResumingClientOptions = {}): Promise<ResumingClient> {
    const client = new ResumingClient(port, options);
    await client.#open(true, options.encoding);
    return client;
  }

  /** Takes up a session that was opened by other means, of which nothing was received but `welcome`. */
  static async takeUp(port: number, grant: Grant, options: ResumingClientOptions = {}): Promise<ResumingClient> {
    const client = new ResumingClient(port, options);
    await client.#open({ session: grant.session, secret: grant.secret, received: 0 }, options.encoding);
    return client;
  }

  get connection(): TestClient {
    if (this.#connection === undefined) throw new Error('expected a connection, got none yet');
    return this.#connection;
  }

  /** The last welcome. */
  get welcome(): Frame {
    return this.welcomes.at(-1) as Frame;
  }

  get grant(): Grant {
    const { session, secret } = this.welcome;
    return { session: session as string, secret: secret as string };
  }

  /** Everything but welcomes, from all connections, in the order it came; without numbered frames that came again. */
  get frames(): readonly Frame[] {
    this.#take();
    return this.#frames;
  }

  /** Number of the last reliable frame it has. */
  get received(): number {
    this.#take();
    return this.#received;
  }

  /** How many frames with an id it has sent in this session. */
  get sent(): number {
    return this.#sent.length;
  }

  /** The last credit told. */
  get creditMax(): number {
    return (this.frames.findLast(({ op }) => op === 'credit')?.max ?? this.welcome.credit) as number;
  }

  /** Sends one frame, or several as one array. What has an id is remembered, to be sent again if it did not arrive. */
  send(message: object): void {
    for (const frame of [message].flat() as Frame[]) if (frame.id !== undefined) this.#sent.push(frame);
    this.connection.send(message);
  }

  framesOf(id: unknown): Frame[] {
    return this.frames.filter((frame) => frame.id === id);
  }

  numbered(): Frame[] {
    return this.frames.filter(({ s }) => s !== undefined);
  }

  next(fits: (frame: Frame) => boolean, withinMs?: number): Promise<Frame> {
    return this.until(() => this.frames.find(fits), withinMs);
  }

  outcome(id: unknown): Promise<Frame> {
    return this.next((frame) => frame.id === id && (frame.op === 'end' || frame.op === 'error'));
  }

  request(fields: { readonly id: unknown; readonly type: string; readonly [field: string]: unknown }): Promise<Frame> {
    this.send({ op: 'event', ...fields });
    return this.outcome(fields.id);
  }

  until<T>(look: () => T | undefined, withinMs?: number): Promise<T> {
    return this.connection.until(look, withinMs);
  }

  /** Waits until everything sent so far was read and answered as far as it is answered at once. */
  async settled(): Promise<void> {
    const pongs = () => this.frames.filter(({ op }) => op === 'pong').length;
    const before = pongs();
    this.send({ op: 'ping' });
    await this.until(() => (pongs() > before ? true : undefined));
  }

  /** Says that everything up to a number has been processed. */
  acknowledge(s = this.received): void {
    this.send({ op: 'received', s });
  }

  /** The connection is gone without a close; what came before stays. */
  cut(): void {
    this.#take();
    this.connection.socket.terminate();
  }

  /** Reads nothing more, so that what is sent stays on its way. */
  stopReading(): void {
    this.connection.socket.pause();
  }

  /** Comes back on a new connection. A session that was not resumed is a new one, of which nothing was sent yet. */
  async resume(options: ResumeOptions = {}): Promise<Frame> {
    this.#take();
    const { encoding = this.#options.encoding, received = this.#received, ...grant } = options;
    const welcome = await this.#open({ ...this.grant, ...grant, received }, encoding);
    return welcome;
  }

  /** Sends what had not reached the session, by what the last welcome says. */
  resend(): void {
    for (const frame of this.#sent.slice(this.welcome.received as number)) this.connection.send(frame);
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  async #open(
    resume: true | (Grant & { readonly received: number }),
    encoding = 'json' as const as 'json' | 'msgpack',
  ) {
    const connection = await TestClient.connect(this.#port, { encoding, isSilent: true });
    this.#connection = connection;
    this.#taken = 0;
    connection.send({ op: 'hello', resume, ...(this.#options.batch ? { batch: true } : {}) });
    const welcome = await connection.until(() => connection.frames[0]);
    if (welcome.op !== 'welcome') this.faults.push(`expected welcome first, got ${JSON.stringify(welcome)}`);
    this.welcomes.push(welcome);
    this.#taken = 1;
    const isResumed = resume !== true && welcome.resumed === true;
    this.#expected = isResumed ? resume.received + 1 : 1;
    if (!isResumed) {
      this.#received = 0;
      this.#frames = [];
      this.#numbered = new Map();
      this.#sent = [];
    }
    return welcome;
  }

  #take(): void {
    const { frames } = this.connection;
    for (; this.#taken < frames.length; this.#taken += 1) this.#look(frames[this.#taken] as Frame);
  }

  #look(frame: Frame): void {
    const { op, id, s } = frame;
    const isReliable = reliableOps.has(op) || (op === 'error' && id !== undefined);
    if (!isReliable) {
      if (s !== undefined) this.faults.push(`expected no number, got ${JSON.stringify(frame)}`);
      this.#frames.push(frame);
      return;
    }
    if (s !== this.#expected) this.faults.push(`expected number ${this.#expected}, got ${JSON.stringify(frame)}`);
    this.#expected = (s as number) + 1;
    const before = this.#numbered.get(s as number);
    if (before !== undefined) {
      this.repeats += 1;
      const [was, is] = [JSON.stringify(before), JSON.stringify(frame)];
      if (was !== is) this.faults.push(`expected ${was} again, got ${is}`);
      return;
    }
    this.#numbered.set(s as number, frame);
    this.#received = s as number;
    this.#frames.push(frame);
  }
}
