/**
 * CPU time as the kernel counts it. A process: nanoseconds its threads ran, from `/proc/<pid>/task/<tid>/schedstat`;
 * the figure of a running thread is brought up to date at each scheduler tick (1..10 ms), so windows of two seconds
 * are read to better than 0.5 %. The machine: clock ticks of 10 ms from `/proc/stat`.
 */
import { readdirSync, readFileSync } from 'node:fs';

const tickNs = 10_000_000;

/** User plus system time of all living threads of a process, in nanoseconds. @throws when the process is gone */
export function processCpuNs(pid: number): number {
  let sumNs = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [ranNs] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ');
    sumNs += Number(ranNs);
  }
  return sumNs;
}

/** What all cores did since boot. */
export interface MachineTime {
  /** Running anything at all, or taken by the hypervisor. */
  readonly busyNs: number;
  /** Of that, taken by the hypervisor. */
  readonly stolenNs: number;
}

/** Reads the machine's time, to 10 ms. */
export function machineTime(): MachineTime {
  const [line = ''] = readFileSync('/proc/stat', 'latin1').split('\n');
  // Fields of proc(5): user nice system idle iowait irq softirq steal.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return { busyNs: (user + nice + system + irq + softirq + steal) * tickNs, stolenNs: steal * tickNs };
}
