import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'sluice-shutdown-'));

afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a process that has installed the shutdown with this drain, and then does `rest`. @returns its end and its log */
async function processWith(
  drain: string,
  rest: string,
): Promise<{ readonly code: number | null; readonly messages: string[] }> {
  const script = join(folder, 'process.mjs');
  writeFileSync(
    script,
    `import { installShutdown } from '${resolve('src/cli/shutdown.ts')}';
    import { createLog } from '${resolve('src/telemetry/log.ts')}';
    setInterval(() => 1, 1000);
    installShutdown({ log: createLog(), deadlineMs: 50, drain: ${drain} });
    ${rest}`,
  );
  const child = spawn(process.execPath, ['--import', 'tsx', script]);
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return {
    code,
    messages: stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { msg: string }).msg),
  };
}

describe('the end of the process', () => {
  it('does not wait for a drain that never ends', async () => {
    expect(await processWith('() => new Promise(() => undefined)', 'process.kill(process.pid, "SIGTERM");')).toEqual({
      code: 1,
      messages: ['draining', 'the drain did not end in time'],
    });
  });

  it('is 1 when the drain fails', async () => {
    expect(await processWith('async () => { throw new Error("no"); }', 'process.kill(process.pid, "SIGINT");')).toEqual(
      {
        code: 1,
        messages: ['draining', 'the drain failed'],
      },
    );
  });

  it('does not come from exceptions or rejections nobody caught, before a drain or during one', async () => {
    const throwing = `let count = 0;
      setInterval(() => {
        count += 1;
        if (count === 3) process.kill(process.pid, 'SIGTERM');
        if (count % 2 === 0) Promise.reject(new Error('a promise'));
        throw new Error('an exception');
      }, 5);`;
    const { code, messages } = await processWith('() => new Promise((done) => setTimeout(done, 30))', throwing);
    expect(code).toBe(0);
    expect(messages.slice(0, 2)).toEqual([
      'an exception nobody caught; the gateway goes on',
      'an exception nobody caught; the gateway goes on',
    ]);
    expect(messages).toContain('a rejected promise nobody handled; the gateway goes on');
    expect(messages.filter((message) => message === 'draining')).toHaveLength(1);
    expect(messages).toContain('drained');
  });
});
