/** What is wrong with a configuration: every problem at once, each with its path, and its place where that is known. */

/** Keys and positions of lists from the root down. */
export type Path = readonly (string | number)[];

/** One thing that is wrong. */
export interface Problem {
  readonly path: Path;
  /** `expected X, got Y`. */
  readonly message: string;
  /** The key itself is wrong, not its value. */
  readonly isKey?: boolean;
  /** Other paths it depends on: where to point when nobody wrote the first. */
  readonly because?: readonly Path[];
  /** `sluice.yaml:3:9`, `SLUICE_LISTEN__PORT`, `--listen.port`. */
  readonly where?: string;
}

export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(problemText).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** `where: path: expected X, got Y`, on one line. */
function problemText({ where, path, message }: Problem): string {
  return [where, path.length === 0 ? undefined : pathText(path), message].filter((part) => part).join(': ');
}

/** `listen.port`, `handlers[0]`, `routes."order.>".ttlMs`. */
export function pathText(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += `${text === '' ? '' : '.'}${/^[A-Za-z0-9_-]+$/.test(part) ? part : JSON.stringify(part)}`;
  }
  return text;
}
