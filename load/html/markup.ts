/** HTML as a type of its own: text becomes markup only by being escaped. */

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A piece of HTML that is safe to show. Made by `html` alone. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template. Text and numbers are escaped, undefined is nothing, an array is its parts in a row. */
export type Part = string | number | undefined | Markup | readonly Part[];

/** A template of HTML. Text may stand between tags and inside quoted attributes, nowhere else; markup anywhere. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.map((string, at) => string + written(parts[at])).join(''));
}

/** A long word, such as an error code, that may go on in another line behind `/` and `_`. */
export function breakable(word: string): Markup {
  return new Markup(escaped(word).replaceAll(/[/_]/g, '$&<wbr>'));
}

/** The five characters that mean something in HTML, as entities. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** JSON that can stand inside of a `script` element: without a `<` no tag and no comment begins there. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function written(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  return part.map(written).join('');
}
