/**
 * Whether two events say the same: a SHA-256 of values of the common model. The order in which a map was written is no
 * content, nor is the encoding: what JSON and MessagePack say alike has one digest.
 */
import { createHash } from 'node:crypto';

/** Characters that are gathered before they are hashed: a call for each small value takes longer than all else. */
const gatheredMax = 4096;

/** @param content no deeper than frames may be */
export function contentDigest(content: unknown): string {
  const digest = new Digest();
  digest.value(content);
  return digest.end();
}

/** Writes each value with its kind and length, so that no two different ones look alike. */
class Digest {
  readonly #hash = createHash('sha256');
  #text = '';

  value(value: unknown): void {
    if (typeof value === 'string') this.#add(`s${value.length}:${value}`);
    else if (typeof value !== 'object' || value === null) this.#add(`${String(value)};`);
    else if (ArrayBuffer.isView(value)) this.#bytes(value);
    else if (Array.isArray(value)) {
      this.#add(`a${value.length}:`);
      for (const item of value) this.value(item);
    } else this.#map(value as Readonly<Record<string, unknown>>);
  }

  end(): string {
    this.#flush();
    return this.#hash.digest('base64');
  }

  #map(map: Readonly<Record<string, unknown>>): void {
    const names = Object.keys(map).sort();
    this.#add(`m${names.length}:`);
    for (const name of names) {
      this.value(name);
      this.value(map[name]);
    }
  }

  #bytes(view: ArrayBufferView): void {
    this.#add(`b${view.byteLength}:`);
    this.#flush();
    this.#hash.update(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  }

  #add(text: string): void {
    this.#text += text;
    if (this.#text.length > gatheredMax) this.#flush();
  }

  #flush(): void {
    this.#hash.update(this.#text);
    this.#text = '';
  }
}
