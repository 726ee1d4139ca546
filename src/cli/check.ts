/** `sluice check`: whether a gateway would start, short of opening its ports. */
import { configOf, idleEntries, prepare, type Source } from './prepare.js';

/**
 * Loads the configuration, the pages and the handlers, and builds the routes.
 * @returns what to tell when all is well
 * @throws ConfigError or CommandError otherwise
 */
export async function check(source: Source): Promise<string> {
  const prepared = await prepare(configOf(source));
  const handlers = prepared.routes.all.length;
  const pipelines = Object.keys(prepared.config.pipelines).length;
  const notes = idleEntries(prepared).map((pattern) => `note: routes: ${JSON.stringify(pattern)} covers no handler\n`);
  return `${notes.join('')}OK: ${counted(handlers, 'handler')}, ${counted(pipelines, 'pipeline')}\n`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
