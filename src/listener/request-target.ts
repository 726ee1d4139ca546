/** What a route wants of the path and the query of a request: both come percent-encoded (RFC 3986 section 2.1). */

/** The parameter of a path, or undefined when its percent-encoding is none of UTF-8. */
export function decodedParameter(encoded: string): string | undefined {
  if (!encoded.includes('%')) return encoded;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

/**
 * The first value of each of these names, in their order. It is read as forms are written: `+` is a space, and what
 * cannot be decoded stays as it is.
 */
export function queryValues(query: string, names: readonly string[]): (string | undefined)[] {
  if (query === '') return [];
  const given = new URLSearchParams(query);
  return names.map((name) => given.get(name) ?? undefined);
}
