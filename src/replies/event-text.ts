/** Server-sent events as text. A frame in JSON has no line breaks, so it is one line of data. */
import type { MessageBundle } from '../model/message-bundle.js';
import type { LogEntry } from '../model/topic-log.js';

/** One event. `fields` are further lines, each with its end. */
export function eventText(event: string, frame: string, fields = ''): string {
  return `event: ${event}\n${fields}data: ${frame}\n\n`;
}

/** The line by which a client continues from a place in a topic: it sends it back as `Last-Event-ID`. */
export function idLine(epoch: string, offset: number): string {
  return `id: ${epoch}:${offset}\n`;
}

/**
 * The messages of a bundle as events. A bundle goes to all its subscribers one after the other, so the text of the last
 * one is kept: it is put together once for all of them.
 */
export class BundleText {
  readonly #hasIds: boolean;
  #bundle: MessageBundle | undefined = undefined;
  #text = '';

  /** @param hasIds whether each message tells its place in the topic */
  constructor(hasIds: boolean) {
    this.#hasIds = hasIds;
  }

  /** @param bundle of a codec whose frames are JSON */
  of(bundle: MessageBundle): string {
    if (bundle === this.#bundle) return this.#text;
    let text = '';
    for (let i = 0; i < bundle.frames.length; i += 1) {
      const { epoch, offset } = bundle.entries[i] as LogEntry;
      text += eventText('message', bundle.frames[i] as string, this.#hasIds ? idLine(epoch, offset) : '');
    }
    this.#bundle = bundle;
    this.#text = text;
    return text;
  }
}
