/** `sluice serve`: starts a gateway and stays until it is told to go. */
import picocolors from 'picocolors';
import type { Config } from '../config/schema.js';
import { type Gateway, startGateway } from '../gateway.js';
import { createLog, type ProcessLog } from '../telemetry/log.js';
import { packageVersion } from './package-version.js';
import { configOf, idleEntries, type Prepared, prepare, type Source } from './prepare.js';
import { installShutdown } from './shutdown.js';
import { addressOf, startLines } from './start-lines.js';

/**
 * Resolves when the gateway listens. The process then ends by a signal: with 0 after the drain, with 1 when it was cut
 * short or something failed.
 * @throws ConfigError, CommandError, or the listener's error when a port is taken
 */
export async function serve(source: Source): Promise<void> {
  const config = configOf(source);
  // A reader of stdout that goes away is no reason to stop. To look at stdout is also what makes Node set a pipe not to
  // block, which the log relies on.
  process.stdout.on('error', () => undefined);
  const isPretty = config.log.pretty === 'auto' ? process.stdout.isTTY === true : config.log.pretty;
  const log = createLog({ level: config.log.level, pretty: isPretty });
  let gateway: Gateway | undefined;
  // Before user code is loaded: it may fail in ways of its own, and a container's first process has no default signals.
  installShutdown({ log, deadlineMs: config.drain.deadlineMs, drain: async () => gateway?.drain() });
  const prepared = await prepare(config);
  gateway = await startGateway(config, { log, handlers: prepared.handlers });
  tell(config, gateway, prepared, isPretty ? undefined : log);
  for (const pattern of idleEntries(prepared)) log.warn({ pattern }, 'an entry of routes covers no handler');
}

/** To people always, unless stdout was asked to be JSON throughout; to the log where it is not for people. */
function tell(config: Config, gateway: Gateway, { routes, pages }: Prepared, log: ProcessLog | undefined): void {
  const { host } = config.listen;
  const types = routes.all.map(({ pattern }) => pattern);
  const { port, adminPort } = gateway;
  if (config.log.pretty !== false) {
    const colors = picocolors.createColors(process.stdout.isTTY === true && process.env.NO_COLOR === undefined);
    const version = packageVersion();
    const hasPage = pages.some(({ paths }) => paths.includes('/'));
    const adminHost = config.admin.host;
    process.stdout.write(startLines({ version, host, port, adminHost, adminPort, types, hasPage, colors }));
  }
  const url = `http://${addressOf(host, port)}`;
  log?.info({ url, admin: `http://${addressOf(config.admin.host, adminPort)}`, handlers: types.length }, 'listening');
}
