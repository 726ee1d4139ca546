/** What is said of a configuration that is not fine. */
import { ConfigError } from '../../src/config/config-error.js';
import { resolveConfig } from '../../src/config/schema.js';

/** The lines a configuration is refused with; empty when it is fine. */
export function problems(parts: unknown): string[] {
  try {
    resolveConfig(parts as Record<string, unknown>);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n');
  }
}
