/**
 * The life of a command that is a client: connects, does its work, and ends, whoever wants it to: the work itself, Ctrl-C,
 * a reader that has seen enough, or a gateway that cannot be reached.
 */
import { constants } from 'node:os';
import { type Client, type ConnectOptions, connect, jsonEncoding, SluiceError } from '../client.js';
import { msgpackEncoding } from '../client-msgpack.js';
import type { ConnectionFlags } from './client-flags.js';
import { CommandError } from './command-error.js';
import { ConnectionWatch } from './connection-watch.js';
import { Output } from './output.js';
import { toldError } from './told.js';

/** What the work of a command has at hand. */
export interface ClientWork {
  readonly client: Client;
  readonly output: Output;
  /** Fires when the work is to end. */
  readonly stop: AbortSignal;
  /** Ends the command when nothing is heard in time, if there is such a time. @returns a function to say that it was */
  readonly expectAnswer: () => () => void;
  /** When the first connection opened, on the clock of `performance.now`; 0 when there was none. */
  readonly openedAtMs: () => number;
  /** Milliseconds the user gave for an answer. */
  readonly timeoutMs: number | undefined;
}

export interface ClientCommandOptions {
  readonly flags: ConnectionFlags;
  /** @returns the exit code */
  readonly work: (work: ClientWork) => Promise<number>;
  /** The exit code after Ctrl-C. @default what a shell says of a signal: 130 */
  readonly interruptedCode?: number;
  /** Whether a reader that is gone ends the work. @default true */
  readonly endsUnread?: boolean;
}

/** Exit codes: wrong use, or no connection; and an event or a subscription that failed. */
export const exitCodes = Object.freeze({ done: 0, unable: 1, failed: 2 });

/** Milliseconds until the first connection, where nothing else is said. */
const connectMs = 10_000;
/** Milliseconds the socket has to close, and whatever else may keep the process. */
const letGoMs = 1000;

/** Why the work ends early. */
type Stop = { readonly code: number; readonly error?: Error };

/**
 * Runs it to its end.
 * @returns the exit code; the process ends by itself, or with this code a second later
 * @throws CommandError on wrong use
 */
export async function clientCommand(options: ClientCommandOptions): Promise<number> {
  const { flags, endsUnread = true } = options;
  const stopping = new AbortController();
  const stop = (why: Stop) => stopping.abort(why);
  const output = new Output({
    isJson: flags.json === true,
    stop: stopping.signal,
    onUnread: (error) => {
      if (error !== undefined) stop({ code: exitCodes.unable, error });
      else if (endsUnread) stop({ code: exitCodes.done });
    },
  });
  const client = connected(flags);
  const unable = (error: SluiceError) => stop({ code: exitCodes.unable, error });
  const { url, timeout } = flags;
  const watch = new ConnectionWatch({
    client,
    url,
    firstMs: timeout ?? connectMs,
    laterMs: timeout,
    note: (text) => output.note(text),
    onNone: unable,
  });
  const release = onSignals((code) => stop({ code: options.interruptedCode ?? code }));
  const { code, defect } = await finished(options, {
    client,
    output,
    stop: stopping.signal,
    expectAnswer: () => answerTimer(timeout, unable),
    openedAtMs: () => watch.openedAtMs,
    timeoutMs: timeout,
  });
  watch.stop();
  await client.close();
  await output.flushed();
  release();
  if (defect !== undefined) throw defect;
  setTimeout(() => process.exit(code), letGoMs).unref();
  return code;
}

/** Does the work, and tells why it failed; what is no failure of the gateway's is returned. */
async function finished(
  { work }: ClientCommandOptions,
  parts: ClientWork,
): Promise<{ code: number; defect?: unknown }> {
  const { stop, output } = parts;
  let code: number = exitCodes.done;
  let failure: unknown;
  try {
    code = await work(parts);
  } catch (error) {
    failure = error;
    code = failureCode(parts);
  }
  if (stop.aborted) {
    // What failed because of it is no news.
    const why = stop.reason as Stop;
    code = why.code;
    failure = why.error;
  }
  if (failure === undefined) return { code };
  if (!(failure instanceof SluiceError)) return { code, defect: failure };
  await output.tellAside(toldError(failure));
  return { code };
}

/** What fails before there is a connection has not been sent; a client that is closed with an error has none any more. */
function failureCode({ client, openedAtMs }: ClientWork): number {
  return openedAtMs() === 0 || client.state.status === 'closed' ? exitCodes.unable : exitCodes.failed;
}

function connected({ url, token, encoding, timeout = connectMs }: ConnectionFlags): Client {
  const options: ConnectOptions = {
    encoding: encoding === 'msgpack' ? msgpackEncoding : jsonEncoding,
    connectTimeoutMs: Math.min(timeout, connectMs),
    ...(token === undefined ? {} : { token }),
  };
  try {
    return connect(url, options);
  } catch (error) {
    throw error instanceof SluiceError ? new CommandError(error.message) : error;
  }
}

function answerTimer(ms: number | undefined, onNone: (error: SluiceError) => void): () => void {
  if (ms === undefined) return () => undefined;
  const message = `expected an answer within ${ms} ms, got none`;
  const timer = setTimeout(
    () => onNone(new SluiceError({ code: 'deadline_exceeded', message, retry: 'no', started: 'maybe' })),
    ms,
  );
  return () => clearTimeout(timer);
}

/** The first signal is for whoever is told, with the code a shell has for it; a second one ends the process at once. */
function onSignals(tell: (code: number) => void): () => void {
  let isTold = false;
  const onSignal = (signal: NodeJS.Signals) => {
    const code = 128 + constants.signals[signal];
    if (isTold) process.exit(code);
    isTold = true;
    tell(code);
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}
