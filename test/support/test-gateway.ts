/** A real gateway on a free port for integration tests, and the conservation check after its traffic. */
import { expect, vi } from 'vitest';
import { type Config, resolveConfig } from '../../src/config/schema.js';
import { type Gateway, type GatewayParts, startGateway } from '../../src/gateway.js';
import { createLog } from '../../src/telemetry/log.js';

/** One line of the log. */
export type Logged = Readonly<Record<string, unknown>>;

/** Starts a gateway with the given handlers; ports are free ones unless told, and what it logs goes into `lines`. */
export async function startTestGateway(
  handlers: readonly unknown[],
  parts: Record<string, unknown> = {},
  lines?: Logged[],
  engine?: GatewayParts['engine'],
): Promise<Gateway> {
  const config: Config = resolveConfig({
    ...parts,
    listen: { port: 0, ...(parts.listen as object | undefined) },
    admin: { port: 0, ...(parts.admin as object | undefined) },
  });
  const stream = { write: (line: string) => void lines?.push(JSON.parse(line)) };
  const log = createLog({ level: lines === undefined ? 'silent' : 'warn', stream });
  return startGateway(config, { log, handlers, ...(engine === undefined ? {} : { engine }) });
}

/**
 * At rest: nothing waits or runs, every event received was accepted or refused, every accepted one ended, and the
 * budget and, without sessions, the credit are back where they began.
 */
export async function expectConservation(gateway: Gateway): Promise<void> {
  await vi.waitFor(() => expect(gateway.inUse()).toMatchObject({ events: 0, waiting: 0, busy: 0, bytes: 0 }), {
    timeout: 5000,
    interval: 10,
  });
  const { received, accepted, refused, succeeded, failed, refusedBy, failedBy } = gateway.counters;
  expect(received).toBe(accepted + refused);
  expect(accepted).toBe(succeeded + failed);
  expect(sum(refusedBy)).toBe(refused);
  expect(sum(failedBy)).toBe(failed);
  const { sessions, away, credit } = gateway.inUse();
  if (sessions + away === 0) expect(credit).toBe(0);
}

function sum(counts: ReadonlyMap<unknown, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
