/** `sluice sub`: follows a topic, or all topics of a pattern, and writes their messages and what of them does not come. */
import { type Command, InvalidArgumentError } from 'commander';
import type { SubscribeOptions } from '../client.js';
import { type ClientWork, clientCommand, exitCodes } from './client-command.js';
import {
  type ConnectionFlags,
  type FlowFlags,
  flowOptions,
  wholeNumber,
  withConnectionFlags,
  withFlowFlags,
} from './client-flags.js';
import { clientHelp } from './client-help.js';

type Place = NonNullable<SubscribeOptions['from']>;

interface Flags extends ConnectionFlags, FlowFlags {
  readonly count?: number;
  readonly rewind?: number;
  readonly from?: Place;
}

/** Declares it. @param onEnd is told the exit code */
export function addSubCommand(root: Command, onEnd: (code: number) => void): void {
  const command = root
    .command('sub')
    .description('Follow a topic, and write its messages until Ctrl-C')
    .argument('<topic>', 'a topic, or a pattern: * is one part between dots, a last > all the rest')
    .option('--count <n>', 'end after so many messages', wholeNumber)
    .option('--rewind <n>', 'begin so many messages back', wholeNumber)
    .option('--from <epoch:offset>', 'begin behind a message', placeOf);
  withConnectionFlags(withFlowFlags(command, 'messages'))
    .addHelpText('after', clientHelp(['subscribed', 'message', 'topic gap', 'error']))
    .action(async (topic: string, flags: Flags) => {
      // That is how one is meant to end it.
      const interruptedCode = exitCodes.done;
      onEnd(await clientCommand({ flags, interruptedCode, work: (work) => follow(work, topic, flags) }));
    });
}

async function follow(
  { client, output, stop, expectAnswer }: ClientWork,
  topic: string,
  flags: Flags,
): Promise<number> {
  const answered = expectAnswer();
  const options: SubscribeOptions = {
    ...flowOptions(flags),
    ...(flags.rewind === undefined ? {} : { rewind: flags.rewind }),
    ...(flags.from === undefined ? {} : { from: flags.from }),
    signal: stop,
    onOpen({ epoch, offset, recovered }) {
      answered();
      const place = epoch === undefined || offset === undefined ? {} : { epoch, offset };
      void output.tellAside({ kind: 'subscribed', topic, ...place, recovered });
    },
  };
  let left = flags.count ?? Number.POSITIVE_INFINITY;
  try {
    for await (const told of client.subscribe(topic, options)) {
      await output.tell(told);
      if (told.kind === 'message') left -= 1;
      if (left === 0) break;
    }
  } finally {
    answered();
  }
  return exitCodes.done;
}

function placeOf(text: string): Place {
  const [, epoch, offset] = /^(.+):(\d{1,15})$/.exec(text) ?? [];
  if (epoch !== undefined && offset !== undefined) return { epoch, offset: Number(offset) };
  throw new InvalidArgumentError(`Expected an epoch, a colon and an offset, got ${JSON.stringify(text)}.`);
}
