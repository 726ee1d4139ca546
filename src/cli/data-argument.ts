/** The data of an event as the command line has it: JSON, `@file`, or `-` for stdin. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { CommandError } from './command-error.js';

/** Bytes, in UTF-16 units, of a file, of stdin, or of a line of it: more than any gateway takes. */
const dataLengthMax = 16 * 1024 * 1024;
/** Units of a text that a message shows. */
const shownLength = 60;

/**
 * The data a word stands for; undefined for no word, which is no data.
 * @param isText it is no JSON, but a string as it is
 * @throws CommandError on what is no JSON, or cannot be read
 */
export async function dataOf(word: string | undefined, isText: boolean): Promise<unknown> {
  if (word === undefined) return undefined;
  if (word === '-') return parsed(await wholeText(process.stdin, 'stdin'), { isText, place: 'stdin' });
  if (!word.startsWith('@')) return parsed(word, { isText, place: 'data' });
  const file = word.slice(1);
  return parsed(await wholeText(createReadStream(file), file), { isText, place: file });
}

/**
 * One event for each line of a stream, read no faster than they are taken. Lines without anything are left out, unless
 * they are texts. Ends when `stop` fires.
 * @throws CommandError naming the line that is no JSON
 */
export async function* dataOfLines(
  stream: Readable,
  { isText, stop }: { readonly isText: boolean; readonly stop: AbortSignal },
): AsyncGenerator<unknown, void, undefined> {
  const onStop = () => stream.destroy();
  if (stop.aborted) return;
  stop.addEventListener('abort', onStop, { once: true });
  let number = 0;
  try {
    for await (const line of linesOf(stream)) {
      number += 1;
      if (isText) yield line.endsWith('\r') ? line.slice(0, -1) : line;
      else if (line.trim() !== '') yield parsed(line, { isText, place: `line ${number}` });
    }
  } catch (error) {
    // To destroy it fails whoever reads it.
    if (!stop.aborted) throw error;
  } finally {
    stop.removeEventListener('abort', onStop);
    // Whoever still writes is not to be waited for.
    stream.destroy();
  }
}

async function* linesOf(stream: Readable): AsyncGenerator<string, void, undefined> {
  stream.setEncoding('utf8');
  let rest = '';
  for await (const chunk of stream as AsyncIterable<string>) {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', start)) {
      yield rest + chunk.slice(start, end);
      rest = '';
      start = end + 1;
    }
    rest += chunk.slice(start);
    if (rest.length > dataLengthMax) throw tooLong('a line of stdin', rest.length);
  }
  if (rest !== '') yield rest;
}

async function wholeText(stream: Readable, name: string): Promise<string> {
  stream.setEncoding('utf8');
  let text = '';
  try {
    for await (const chunk of stream as AsyncIterable<string>) {
      text += chunk;
      if (text.length > dataLengthMax) throw tooLong(name, text.length);
    }
  } catch (error) {
    throw error instanceof CommandError ? error : new CommandError(`expected to read ${name}, got ${String(error)}`);
  }
  return text;
}

function parsed(text: string, { isText, place }: { readonly isText: boolean; readonly place: string }): unknown {
  if (isText) return text;
  try {
    return JSON.parse(text);
  } catch {
    const shown = text.length > shownLength ? `${text.slice(0, shownLength)}…` : text;
    throw new CommandError(`${place}: expected JSON, got ${shown.trim()}; --text sends it as a string`);
  }
}

function tooLong(name: string, length: number): CommandError {
  return new CommandError(`expected at most ${dataLengthMax} characters in ${name}, got ${length} and more`);
}
