/** What is said about each run as soon as it is over. */
import type { Measurement } from '../plan/measurement.js';
import type { Run } from '../run/run-all.js';
import { cpuUsPerEvent, faultOf } from './row.js';

/** `[3/84] P1 50 × 32, JSON, gateway: 2.81 µs/event`, without a line break. */
export function progressLine(
  { goal, title, server }: Measurement,
  run: Run,
  { done, total }: { readonly done: number; readonly total: number },
): string {
  const head = `[${String(done).padStart(String(total).length)}/${total}] ${goal} ${title}, ${server}`;
  if (run.missing !== undefined) return `${head}: ${run.missing}`;
  const fault = faultOf(run);
  if (fault !== undefined || run.result === undefined) return `${head}: INVALID ${fault}`;
  const { events, elapsedNs, serverCpuNs, clientCpuNs } = run.result;
  const thousandsPerSecond = (events * 1e6) / elapsedNs;
  const [server100, client100] = [serverCpuNs, clientCpuNs].map((ns) => `${Math.round((ns * 100) / elapsedNs)} %`);
  const figures = `${cpuUsPerEvent(run.result).toFixed(2)} µs/event, ${thousandsPerSecond.toFixed(1)} k/s`;
  return `${head}: ${figures}, server ${server100}, client ${client100}`;
}
