/** What `serve` and `check` do alike: the configuration, the pages, the handlers, and their routes. */

import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { type Definition, declaredRoute } from '../handlers/definition.js';
import { buildRoutes, type Routes } from '../handlers/routes.js';
import { PagesError } from '../pages/pages-error.js';
import { type Page, readPages } from '../pages/read-pages.js';
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
  /** The gateway reads them again: here it is to tell what is wrong with them, before a port is opened. */
  readonly pages: readonly Page[];
}

/** @throws ConfigError with every problem */
export function configOf({ file, flags }: Source): Config {
  // These are for the commands that are clients.
  const { SLUICE_URL: _url, SLUICE_TOKEN: _token, ...env } = process.env;
  return loadConfig({ file, env, flags });
}

/** @throws CommandError when a page or module cannot be loaded, or handlers and routes do not fit together */
export async function prepare(config: Config): Promise<Prepared> {
  const pages = pagesOf(config);
  const handlers = await loadHandlers(config.handlers);
  try {
    const declared = handlers.flatMap((handler) => declaredRoute(handler) ?? []);
    const routes = buildRoutes({ handlers: declared, overrides: config.routes, pipelines: config.pipelines });
    return { config, handlers, routes, pages };
  } catch (error) {
    throw error instanceof TypeError ? new CommandError(`handlers: ${error.message}`) : error;
  }
}

function pagesOf(config: Config): readonly Page[] {
  try {
    return readPages(config.pages);
  } catch (error) {
    throw error instanceof PagesError ? new CommandError(error.message) : error;
  }
}

/** Entries of `routes` that no handler has: a slip, or a handler that was not loaded. */
export function idleEntries({ config, routes }: Prepared): string[] {
  return Object.keys(config.routes).filter((pattern) => !routes.hasOf(pattern));
}
