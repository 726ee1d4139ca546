/** What became of badly behaved clients, in a line. */
import type { HostileClients } from './bench-run.js';

const mib = 2 ** 20;

/** `flood: 1 connection, opened 8 times, 32.3 MiB sent; closed: 4101 7 times`. */
export function hostileText({ name, connections, opened, closed, bytesWritten }: HostileClients): string {
  const ends = Object.entries(closed).map(([code, times]) => `${code} ${often(times)}`);
  const one = connections === 1 ? '1 connection' : `${connections} connections`;
  const sent = `${(bytesWritten / mib).toFixed(1)} MiB sent`;
  return `${name}: ${one}, opened ${often(opened)}, ${sent}; closed: ${ends.length === 0 ? 'never' : ends.join(', ')}`;
}

function often(times: number): string {
  return times === 1 ? 'once' : `${times.toLocaleString('en-US')} times`;
}
