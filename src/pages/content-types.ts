/** What a file is, by the end of its name: browsers are told not to guess (`nosniff`), so it has to be right. */

export interface ContentType {
  /** As in `Content-Type`. */
  readonly name: string;
  /** Whether it gets smaller when compressed. */
  readonly isText: boolean;
}

const text = (name: string): ContentType => ({ name, isText: true });
const binary = (name: string): ContentType => ({ name, isText: false });

/** JSON and SVG say in themselves, or by their rules, that they are UTF-8; of the others a browser has to be told. */
const types: ReadonlyMap<string, ContentType> = new Map([
  ['html', text('text/html; charset=utf-8')],
  ['js', text('text/javascript; charset=utf-8')],
  ['mjs', text('text/javascript; charset=utf-8')],
  ['css', text('text/css; charset=utf-8')],
  ['txt', text('text/plain; charset=utf-8')],
  ['md', text('text/markdown; charset=utf-8')],
  ['svg', text('image/svg+xml')],
  ['json', text('application/json')],
  ['map', text('application/json')],
  ['png', binary('image/png')],
  ['ico', binary('image/x-icon')],
  ['woff2', binary('font/woff2')],
]);

const unknown = binary('application/octet-stream');

/** @param path whose last part may have an extension, in either case; without a known one it is just bytes */
export function contentTypeOf(path: string): ContentType {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return (dot === -1 ? undefined : types.get(name.slice(dot + 1).toLowerCase())) ?? unknown;
}
