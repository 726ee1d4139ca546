import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { machineBusyNs, processCpuNs } from '../../load/processes/cpu-time.js';

const children: ChildProcess[] = [];

/** Runs a script in a process of its own; it has started when this resolves. */
async function run(script: string): Promise<{ child: ChildProcess; pid: number }> {
  const child = spawn(process.execPath, ['-e', `console.log('up');${script}`], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return { child, pid: child.pid ?? 0 };
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function reached(pid: number, cpuNs: number): Promise<void> {
  await vi.waitFor(() => expect(processCpuNs(pid)).toBeGreaterThan(cpuNs), { timeout: 10_000, interval: 10 });
}

const ms = 1e6;

describe('the CPU time of a process', () => {
  it('grows while it works, and stays while it waits', async () => {
    const [busy, idle] = await Promise.all([run('for (;;);'), run('process.stdin.resume();')]);
    const [busyFrom, machineFrom] = [processCpuNs(busy.pid), machineBusyNs()];
    let idleFrom = -1;
    await vi.waitFor(() => {
      const before = idleFrom;
      idleFrom = processCpuNs(idle.pid);
      expect(idleFrom).toBe(before);
    });
    await reached(busy.pid, busyFrom + 150 * ms);
    expect(processCpuNs(idle.pid) - idleFrom).toBeLessThan(20 * ms);
    expect(machineBusyNs() - machineFrom).toBeGreaterThan(100 * ms);
  });

  it('is what the process says of itself', async () => {
    const burn = 'const until = Date.now() + 150; while (Date.now() < until);';
    const { child, pid } = await run(
      `${burn} console.log(JSON.stringify(process.cpuUsage())); process.stdin.resume();`,
    );
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const { user, system } = JSON.parse(String(line)) as NodeJS.CpuUsage;
    const ownNs = (user + system) * 1000;
    expect(Math.abs(processCpuNs(pid) - ownNs)).toBeLessThan(ownNs * 0.05 + 15 * ms);
  });

  it('counts the threads that help the main one', async () => {
    const hash = "require('crypto').pbkdf2('a', 'b', 1e9, 64, 'sha512', () => undefined);";
    const { pid } = await run(`${hash}${hash} process.stdin.resume();`);
    await reached(pid, processCpuNs(pid) + 100 * ms);
  });

  it('cannot be read of a process that is gone', async () => {
    const { child, pid } = await run('');
    await once(child, 'exit');
    expect(() => processCpuNs(pid)).toThrow(/it has ended/);
  });
});
