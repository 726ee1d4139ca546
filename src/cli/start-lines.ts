/** What a person wants to see when the gateway is up: where it is, and one line to try it with at once. */
import type picocolors from 'picocolors';

export interface StartLinesOptions {
  readonly version: string;
  readonly host: string;
  readonly port: number;
  readonly adminHost: string;
  readonly adminPort: number;
  /** Declared types and patterns. */
  readonly types: readonly string[];
  /** Whether a browser is shown something at `/`. */
  readonly hasPage: boolean;
  readonly colors: ReturnType<typeof picocolors.createColors>;
}

/** A few lines, the last one to be pasted into a shell. */
export function startLines(options: StartLinesOptions): string {
  const { version, colors, types } = options;
  const address = addressOf(options.host, options.port);
  const row = (name: string, text: string) => `  ${colors.dim(name.padEnd(9))}  ${text}`;
  const lines = [
    `${colors.bold('Sluice')} ${version} listens on ${colors.cyan(`http://${address}`)}`,
    ...(options.hasPage ? [row('Open', `http://${address}/`)] : []),
    row('WebSocket', `ws://${address}/v1/socket`),
    row('Metrics', `http://${addressOf(options.adminHost, options.adminPort)}/metrics`),
  ];
  const type = types.find((name) => name === 'echo') ?? types.find((name) => !/[*>]/.test(name));
  if (type === undefined) {
    lines.push(`  There are no handlers: name a module in ${colors.bold('handlers')}, or try -c config/demo.yaml`);
  } else {
    const event = JSON.stringify(type === 'echo' ? { type, data: 'hello' } : { type });
    const tryIt = `curl -s http://${address}/v1/events -H 'content-type: application/json' -d '${event}'`;
    lines.push(`  ${colors.dim('Try')}`, colors.green(tryIt));
  }
  return `${lines.join('\n')}\n`;
}

/** Where it can be reached from this machine: `0.0.0.0` is an address to listen on, not one to connect to. */
export function addressOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
