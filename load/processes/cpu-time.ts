/**
 * CPU time as the kernel counts it. A process: nanoseconds its threads ran, from `/proc/<pid>/task/<tid>/schedstat`;
 * the figure of a running thread is brought up to date at each scheduler tick (1..10 ms), so windows of two seconds
 * are read to better than 0.5 %. The machine: clock ticks of 10 ms from `/proc/stat`.
 */
import { readdirSync, readFileSync } from 'node:fs';

const tickNs = 10_000_000;

/**
 * User plus system time of all living threads of a process, in nanoseconds: the main thread, and those of garbage
 * collection, compilation and the thread pool, which live as long as Node does. A thread that ends takes its time
 * with it. @throws when the process is gone
 */
export function processCpuNs(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).reduce((sumNs, thread) => sumNs + threadCpuNs(pid, thread), 0);
  } catch (cause) {
    throw new Error(`expected process ${pid} to run, it has ended`, { cause });
  }
}

function threadCpuNs(pid: number, thread: string): number {
  try {
    const [ranNs] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ');
    return Number(ranNs);
  } catch (error) {
    // It ended after the folder was listed. The main thread is gone only when the whole process is.
    if (thread === String(pid)) throw error;
    return 0;
  }
}

/** Time all cores together ran anything at all, or were taken by the hypervisor, since boot: to 10 ms. */
export function machineBusyNs(): number {
  const [line = ''] = readFileSync('/proc/stat', 'latin1').split('\n');
  // Fields of proc(5): user nice system idle iowait irq softirq steal.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) * tickNs;
}
