/** The flags that name keys of the configuration, out of the arguments the command itself has no option for. */
import { CommandError } from './command-error.js';

/** Key → every value it was given, in order. */
export type KeyArguments = Readonly<Record<string, readonly string[]>>;

/**
 * Reads `--listen.port 9000`, `--listen.port=9000`, and `--listen.metrics` for `true`.
 * @throws CommandError on an argument that is neither a flag nor its value
 */
export function keyArguments(words: readonly string[]): KeyArguments {
  const found = new Map<string, string[]>();
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] as string;
    const name = /^--([^-=][^=]*)/.exec(word)?.[1];
    if (name === undefined)
      throw new CommandError(`expected a flag such as --listen.port, got ${JSON.stringify(word)}`);
    let value = 'true';
    const next = words[i + 1];
    if (word.includes('=')) value = word.slice(word.indexOf('=') + 1);
    else if (next !== undefined && !next.startsWith('--')) {
      value = next;
      i += 1;
    }
    found.set(name, [...(found.get(name) ?? []), value]);
  }
  return Object.fromEntries(found);
}
