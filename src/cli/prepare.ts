/** What `serve` and `check` do alike: the configuration, the handlers, and the routes the two make. */

import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { type Definition, declaredRoute } from '../handlers/definition.js';
import { buildRoutes, type Routes } from '../handlers/routes.js';
import { CommandError } from './command-error.js';
import type { KeyArguments } from './key-arguments.js';
import { loadHandlers } from './load-handlers.js';

/** What the command line says of the configuration. */
export interface Source {
  readonly file: string | undefined;
  readonly flags: KeyArguments;
}

/** Everything a gateway is started from. */
export interface Prepared {
  readonly config: Config;
  readonly handlers: readonly Definition[];
  readonly routes: Routes;
}

/** @throws ConfigError with every problem */
export function configOf({ file, flags }: Source): Config {
  return loadConfig({ file, env: process.env, flags });
}

/** @throws CommandError when a module cannot be loaded, or handlers and routes do not fit together */
export async function prepare(config: Config): Promise<Prepared> {
  const handlers = await loadHandlers(config.handlers);
  try {
    const declared = handlers.flatMap((handler) => declaredRoute(handler) ?? []);
    const routes = buildRoutes({ handlers: declared, overrides: config.routes, pipelines: config.pipelines });
    return { config, handlers, routes };
  } catch (error) {
    throw error instanceof TypeError ? new CommandError(`handlers: ${error.message}`) : error;
  }
}

/** Entries of `routes` that no handler has: a slip, or a handler that was not loaded. */
export function idleEntries({ config, routes }: Prepared): string[] {
  return Object.keys(config.routes).filter((pattern) => !routes.hasOf(pattern));
}
