/** `sluice request`: sends an event, and writes what answers it. */
import type { Command } from 'commander';
import { type ClientWork, clientCommand, exitCodes } from './client-command.js';
import {
  type ConnectionFlags,
  type EventFlags,
  eventOptions,
  type FlowFlags,
  flowOptions,
  withConnectionFlags,
  withEventFlags,
  withFlowFlags,
} from './client-flags.js';
import { clientHelp } from './client-help.js';
import { dataOf } from './data-argument.js';

type Flags = ConnectionFlags & EventFlags & FlowFlags;

/** Declares it. @param onEnd is told the exit code */
export function addRequestCommand(root: Command, onEnd: (code: number) => void): void {
  const command = root
    .command('request')
    .description('Send an event and write what answers: a value, or each item of a stream as it comes')
    .argument('<type>', 'the type of the event')
    .argument('[data]', 'JSON; @file for what is in a file, - for stdin');
  withConnectionFlags(withFlowFlags(withEventFlags(command), 'items'))
    .addHelpText('after', clientHelp(['item', 'item gap', 'end', 'error']))
    .action(async (type: string, word: string | undefined, flags: Flags) => {
      const data = await dataOf(word, flags.text === true);
      onEnd(await clientCommand({ flags, work: (work) => request(work, { type, data, flags }) }));
    });
}

async function request(
  { client, output, stop, expectAnswer }: ClientWork,
  { type, data, flags }: { readonly type: string; readonly data: unknown; readonly flags: Flags },
): Promise<number> {
  const answered = expectAnswer();
  let items = 0;
  try {
    const options = { ...eventOptions(flags), ...flowOptions(flags), signal: stop };
    for await (const told of client.stream(type, data, options).items) {
      answered();
      if (told.kind === 'item') items += 1;
      await output.tell(told);
    }
  } finally {
    answered();
  }
  await output.tell({ kind: 'end', items });
  return exitCodes.done;
}
