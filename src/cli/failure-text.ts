/** How the command tells that it cannot go on: in words where the user can help it, with a stack where it is a defect. */
import { ConfigError } from '../config/config-error.js';

/** Errors whose message says all there is to say. */
const plainNames = new Set(['CommandError', 'ListenError']);

/** Ends with a line break. */
export function failureText(error: unknown): string {
  if (error instanceof ConfigError) {
    const { length } = error.problems;
    const head = length === 1 ? 'the configuration has a problem' : `the configuration has ${length} problems`;
    return `sluice: ${head}:\n${error.message.replace(/^/gm, '  ')}\n`;
  }
  if (!(error instanceof Error)) return `sluice: ${String(error)}\n`;
  return `sluice: ${plainNames.has(error.name) ? error.message : (error.stack ?? error.message)}\n`;
}
