/** Maps as YAML and JSON give them. */

/** A map with text as keys; lists and nothing are none. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a map holds under its own key; undefined where there is no such map or key. */
export function own(map: unknown, key: string | number): unknown {
  if (typeof map !== 'object' || map === null || !Object.hasOwn(map, key)) return undefined;
  return (map as Readonly<Record<string | number, unknown>>)[key];
}
