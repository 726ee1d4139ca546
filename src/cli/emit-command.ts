/** `sluice emit`: sends events without waiting for their answers, as fast as the gateway takes them. */
import type { Command } from 'commander';
import { SluiceError } from '../client.js';
import { type ClientWork, clientCommand, exitCodes } from './client-command.js';
import {
  type ConnectionFlags,
  type EventFlags,
  eventOptions,
  wholeNumber,
  withConnectionFlags,
  withEventFlags,
} from './client-flags.js';
import { clientHelp } from './client-help.js';
import { CommandError } from './command-error.js';
import { dataOf, dataOfLines } from './data-argument.js';
import { EmitTally } from './emit-tally.js';

interface Flags extends ConnectionFlags, EventFlags {
  readonly count?: number;
}

/** Milliseconds for the last answers: the gateway ends every event long before. */
const answersMs = 600_000;
/** The same after Ctrl-C. */
const hurriedAnswersMs = 5000;

/** Declares it. @param onEnd is told the exit code */
export function addEmitCommand(root: Command, onEnd: (code: number) => void): void {
  const command = root
    .command('emit')
    .description('Send events without waiting for their answers, as fast as the gateway takes them')
    .argument('<type>', 'the type of the events')
    .argument('[data]', 'JSON; @file for what is in a file, - for stdin: an event for each line')
    .option('--count <n>', 'send it so many times', wholeNumber);
  withConnectionFlags(withEventFlags(command))
    .addHelpText('after', clientHelp(['event error', 'emitted']))
    .action(async (type: string, word: string | undefined, flags: Flags) => {
      const { count = 1, text = false, idem } = flags;
      if (word === '-' && flags.count !== undefined) throw new CommandError('expected --count or -, got both');
      if (typeof idem === 'string' && (word === '-' || count > 1)) {
        throw new CommandError('expected --idem without a key: events with the same are done once');
      }
      const data = word === '-' ? undefined : await dataOf(word, text);
      const eventsOf = (stop: AbortSignal) =>
        word === '-' ? dataOfLines(process.stdin, { isText: text, stop }) : repeated(data, count);
      onEnd(await clientCommand({ flags, endsUnread: false, work: (work) => emit(work, type, { flags, eventsOf }) }));
    });
}

async function emit(
  work: ClientWork,
  type: string,
  { flags, eventsOf }: { readonly flags: Flags; readonly eventsOf: (stop: AbortSignal) => Events },
): Promise<number> {
  const { client, output, stop } = work;
  const tally = new EmitTally({ type, output });
  client.failures$.subscribe((failure) => tally.failed(failure.error, failure.key));
  let broken: unknown;
  try {
    await sendAll(work, eventsOf(stop), { type, flags, tally });
  } catch (error) {
    // What has left is waited for nonetheless.
    broken = error;
  }
  await allAnswered(work);
  if (work.openedAtMs() > 0) await output.tell(tally.told(performance.now() - work.openedAtMs()));
  if (broken !== undefined) throw broken;
  return tally.isFlawless ? exitCodes.done : exitCodes.failed;
}

/** Reads no event before the one before it has left, and its reader has what was told. */
async function sendAll(
  { client, stop, openedAtMs }: ClientWork,
  events: Events,
  { type, flags, tally }: { readonly type: string; readonly flags: Flags; readonly tally: EmitTally },
): Promise<void> {
  const options = eventOptions(flags);
  // A signal of its own for the one that waits: those that have left are not to be cancelled.
  let waiting = new AbortController();
  const onStop = () => waiting.abort();
  stop.addEventListener('abort', onStop, { once: true });
  for await (const data of events) {
    if (stop.aborted) return;
    waiting = new AbortController();
    try {
      await client.emit(type, data, { ...options, signal: waiting.signal });
      tally.left += 1;
    } catch (error) {
      if (stop.aborted) return;
      const isLast = client.state.status === 'closed' || openedAtMs() === 0;
      if (isLast || !(error instanceof SluiceError)) throw error;
      tally.stayed(error, flags.key);
    }
    waiting = new AbortController();
    await tally.isTold;
  }
}

/** Waits until what has left is answered: not for long after Ctrl-C, and not at all after the next reason to end. */
async function allAnswered({ client, stop, timeoutMs = answersMs }: ClientWork): Promise<void> {
  const onStop = () => void client.close({ drain: false });
  if (!stop.aborted) stop.addEventListener('abort', onStop, { once: true });
  await client.close({ withinMs: stop.aborted ? hurriedAnswersMs : timeoutMs });
  stop.removeEventListener('abort', onStop);
}

type Events = AsyncIterable<unknown> | Iterable<unknown>;

function* repeated(data: unknown, count: number): Generator<unknown, void, undefined> {
  for (let n = 0; n < count; n += 1) yield data;
}
