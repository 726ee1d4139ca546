import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it, vi } from 'vitest';

const temporary = mkdtempSync(join(tmpdir(), 'sluice-load-'));
const tools: ChildProcess[] = [];

function startTool(...args: string[]): ChildProcess {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'load/command.ts', 'bench', 'cost', '--results', temporary, ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  tools.push(child);
  return child;
}

async function finished(tool: ChildProcess): Promise<{ code: number | null; out: string; progress: string }> {
  const [out, progress] = await Promise.all(
    [tool.stdout, tool.stderr].map((stream) => text(stream as NodeJS.ReadableStream)),
  );
  if (tool.exitCode === null && tool.signalCode === null) await once(tool, 'exit');
  return { code: tool.exitCode, out: out ?? '', progress: progress ?? '' };
}

/** Processes started by this one that are still there, with what they run. */
function childrenOf(parent: number): { pid: number; command: string }[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'latin1');
      const [, parentPid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(parentPid) !== parent) return [];
      return [{ pid: Number(entry), command: readFileSync(`/proc/${entry}/cmdline`, 'latin1') }];
    } catch {
      // It ended while we looked.
      return [];
    }
  });
}

/** Server and client of a measurement that is under way. */
async function measuring(tool: ChildProcess): Promise<{ server: number; client: number }> {
  // Until it is Node, the programs that pin it and tie it to its parent may not have done their work yet.
  const isNode = ({ command }: { readonly command: string }) => command.startsWith(process.execPath);
  const running = () => childrenOf(tool.pid ?? 0).filter(isNode);
  return vi.waitFor(
    () => {
      const [server, client] = ['uws-json.ts', 'socket-process.ts'].map(
        (script) => running().find(({ command }) => command.includes(script))?.pid,
      );
      if (server === undefined || client === undefined) throw new Error('expected a server and a client');
      return { server, client };
    },
    { timeout: 10_000, interval: 20 },
  );
}

afterAll(() => {
  for (const tool of tools) tool.kill('SIGKILL');
  rmSync(temporary, { recursive: true, force: true });
});

const oneServer = ['--only', 'P1', '--servers', 'uws-json', '--window', '200'];

describe.concurrent('the load tool', () => {
  it('measures, prints its table, writes its figures', async () => {
    const folder = join(temporary, 'figures');
    const tool = startTool(...oneServer, '--repetitions', '1', '--results', folder);
    const { code, out, progress } = await finished(tool);
    expect(progress).toMatch(/\[1\/1\] P1 .*\nwritten to /);
    expect(code).toBe(0);
    expect(out).toMatch(/P1 +50 × 32, JSON +uws-json +\d+\.\d\d ±\d+ % +1\.00 /);
    const [file = ''] = readdirSync(folder);
    expect(file).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.json$/);
    const results = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    expect(results.options).toMatchObject({ windowMs: 200, repetitions: 1 });
    expect(results.runs).toHaveLength(1);
    const [row] = results.rows;
    expect(row.cpuUsPerEvent.median).toBeGreaterThan(0.1);
    expect(row.cpuUsPerEvent.median).toBeLessThan(100);
    expect(row.serverBusy).toBeGreaterThan(0);
    expect(row.clientBusy).toBeGreaterThan(0);
  });

  it('shows no figure and fails when a server ends too early, and goes on with the next run', async () => {
    const tool = startTool(...oneServer, '--repetitions', '2');
    const { server } = await measuring(tool);
    process.kill(server, 'SIGKILL');
    const { code, out, progress } = await finished(tool);
    expect(progress).toMatch(/\[1\/2\] .*INVALID.*\n\[2\/2\] .*µs\/event/);
    expect(out).toMatch(/P1 +50 × 32, JSON +uws-json +INVALID/);
    expect(code).toBe(1);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('leaves no process behind when it gets %s', async (signal) => {
    const tool = startTool(...oneServer, '--window', '60000');
    const { server, client } = await measuring(tool);
    tool.kill(signal);
    await finished(tool);
    await vi.waitFor(() => expect([server, client].filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]), 5000);
  });

  it('explains itself when the arguments are wrong', async () => {
    const { code, progress } = await finished(startTool('--only', 'P77'));
    expect(code).toBe(2);
    expect(progress).toMatch(/expected --only.*\n\nUsage:/);
  });
});
