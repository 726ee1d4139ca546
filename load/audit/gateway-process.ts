/** The gateway as it was built, in a process of its own, with the handlers of an audited run. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { serverCore, spawnNode } from '../processes/pinned.js';
import { gatewayScript } from '../processes/server.js';
import { stopChild } from '../processes/stop-child.js';

export interface GatewayProcess {
  readonly port: number;
  /** As an operator does: what runs is finished, and the ledger is whole. */
  stop(): Promise<void>;
}

const config = fileURLToPath(new URL('../config/scenario.yaml', import.meta.url));
const readyWithinMs = 15_000;
const stopWithinMs = 10_000;
const lifeMsMax = 600_000;

/**
 * Ready when it resolves.
 * @param ledger file to which the handlers write
 * @param flags of the command, such as `--resume.ms`, `1000`
 * @throws Error when it was not built, ends, or says no port within 15 s
 */
export async function startGatewayProcess(ledger: string, flags: readonly string[] = []): Promise<GatewayProcess> {
  if (!existsSync(gatewayScript)) throw new Error(`expected ${gatewayScript}, got none: make build`);
  const child = spawnNode([gatewayScript, 'serve', '-c', config, ...flags], {
    core: serverCore,
    lifeMsMax,
    environment: { NODE_ENV: 'production', BENCH_LEDGER: ledger },
  });
  const port = await new Promise<number>((resolve, reject) => {
    let output = '';
    const fail = (error: Error): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(error);
    };
    const timer = setTimeout(() => fail(new Error(`expected a gateway within ${readyWithinMs} ms`)), readyWithinMs);
    child.once('exit', (code, signal) => fail(new Error(`expected a gateway, it ended with ${code ?? signal}`)));
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      const [, found] = /http:\/\/127\.0\.0\.1:(\d+)/.exec(output) ?? [];
      if (found === undefined) return;
      clearTimeout(timer);
      child.stdout?.removeAllListeners('data').resume();
      resolve(Number(found));
    });
  });
  return { port, stop: () => stopChild(child, stopWithinMs) };
}
