import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { benchCommand } from '../../../load/bench/bench-command.js';
import type { BenchRun } from '../../../load/report/bench-run.js';

/** Runs the command as a user does: against the build, in processes of its own. */
async function bench(...args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  let [out, err] = ['', ''];
  const code = await benchCommand([...args, '--results', folder], {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err, folder, files: readdirSync(folder).sort() };
}

async function run(scenario: string, ...args: readonly string[]): Promise<BenchRun> {
  const { out } = await bench(scenario, '--duration', '1', '--json', ...args);
  return JSON.parse(out) as BenchRun;
}

describe('a scenario against the gateway', { timeout: 60_000 }, () => {
  it('is audited, and written as JSON and as a page', async () => {
    const { out, files, err } = await bench('echo', '--duration', '1', '--rate', '500', '--connections', '10');
    expect(out).toContain('audit: ok');
    expect(files.map((name) => name.replace(/^[\dT-]+-echo/, ''))).toEqual(['.html', '.json']);
    expect(err).toContain('written to');
  });

  it.each([
    ['keyed', ['--rate', '300']],
    ['streams', ['--rate', '50', '--encoding', 'msgpack']],
    ['priorities', ['--rate', '500', '--client', 'ws', '--connections', '10', '--levels', '1']],
    ['deadline', ['--rate', '6500', '--workers', '2', '--arm', 'controlled']],
    ['storm', ['--rate', '200', '--connections', '300']],
  ])('%s loses nothing and keeps every order', async (scenario, args) => {
    const { verdict, points } = await run(scenario, ...args);
    expect(verdict).toMatchObject({ kind: 'ok', findings: [] });
    const [point] = points;
    expect(verdict.checked).toBeGreaterThanOrEqual(point?.sent ?? Number.NaN);
    expect(point?.ok).toBeGreaterThan(0);
    expect(point?.unanswered).toBe(0);
    expect(point?.server?.cpuUsPerEvent).toBeGreaterThan(0);
  });

  it('ignoring-credit closes the rude client and leaves the others whole', async () => {
    const { verdict, points, invalid } = await run('ignoring-credit', '--connections', '5');
    expect(verdict.counts.lost ?? 0).toBe(0);
    expect(points[0]?.failed['closed 4013']).toBe(1);
    const polite = points[0]?.classes.find(({ name }) => name === 'polite');
    expect(polite?.ok).toBe(polite?.sent);
    expect(invalid.filter((reason) => reason.includes('connections ended'))).toEqual([]);
  });

  it('deadline lets nothing stale reach a handler, though there is a backlog', async () => {
    const { verdict, points, checks } = await run('deadline', '--arm', 'backlog');
    expect(verdict.kind).toBe('ok');
    expect(points[0]).toMatchObject({ arm: 'backlog', startedLate: 0 });
    expect(checks?.every(({ isMet }) => isMet)).toBe(true);
  });

  it('overload measures with and without control side by side, more than once', async () => {
    const { verdict, points, checks } = await run('overload', '--levels', '0.2', '--repetitions', '2');
    expect(verdict.kind).toBe('ok');
    expect(points.map(({ arm, factor }) => [arm, factor])).toEqual([
      ['controlled', 0.2],
      ['uncontrolled', 0.2],
    ]);
    for (const { goodputSpread } of points) expect(goodputSpread?.lowest).toBeGreaterThan(0);
    // The level the goal speaks of was not measured.
    expect(checks?.[0]).toMatchObject({ goal: 'O1', isMet: false });
  });

  it('adaptive changes the capacity in the middle, and looks at the limit meanwhile', async () => {
    const { verdict, points } = await run('adaptive', '--rate', '500');
    expect(verdict.kind).toBe('ok');
    const names = points[0]?.samples?.flatMap(({ of }) => Object.keys(of));
    expect(names).toEqual(expect.arrayContaining(['slots', 'waiting', 'window', 'rss', 'capacity']));
    expect(points[0]?.samples?.find(({ of }) => 'capacity' in of)?.of.capacity).toEqual([20, 40, 10]);
  });

  it('flood is closed with a code again and again, and what the others sent is answered', async () => {
    const { verdict, points } = await run('flood', '--rate', '200', '--connections', '10');
    expect(verdict.kind).toBe('ok');
    const [flood] = points[0]?.hostile ?? [];
    expect(flood?.bytesWritten).toBeGreaterThan(10_000);
    expect(points[0]?.classes[0]).toMatchObject({ name: 'others', gapMsMax: expect.any(Number) });
    expect(points[0]?.ok).toBe(points[0]?.sent);
  });

  it('http is the same event over autocannon, in the same report', async () => {
    const { verdict, points, scenario } = await run('http', '--connections', '4');
    expect(scenario).toBe('http');
    expect(verdict.kind).toBe('ok');
    expect(points[0]?.ok).toBeGreaterThan(100);
    expect(points[0]?.latency.count).toBe(points[0]?.ok);
  });

  it('goes through a faulty network when asked to, and nothing is lost', async () => {
    const { verdict, settings } = await run('echo', '--rate', '200', '--connections', '4', '--faults', 'slice=7');
    expect(settings.faults).toBe('slice=7');
    expect(verdict.kind).toBe('ok');
  });
});

describe('a scenario against a peer', { timeout: 60_000 }, () => {
  it('has no counters and no handlers to audit, but every answer is checked', async () => {
    const { verdict, target, points } = await run('echo', '--target', 'ws-json', '--rate', '200', '--connections', '4');
    expect(target).toBe('ws-json');
    expect(verdict).toMatchObject({ kind: 'ok' });
    expect(points[0]?.ok).toBe(points[0]?.sent);
  });
});

describe('two runs', { timeout: 60_000 }, () => {
  it('are shown side by side', async () => {
    const args = ['echo', '--duration', '1', '--rate', '200', '--connections', '4'];
    const first = await bench(...args);
    const file = join(first.folder, first.files.find((name) => name.endsWith('.json')) ?? '');
    let out = '';
    const code = await benchCommand(['--compare', file, file], { out: (text) => (out += text), err: () => undefined });
    expect(code).toBe(0);
    expect(out).toContain('p99');
    expect(readdirSync(first.folder).some((name) => name.endsWith('-compared.html'))).toBe(true);
  });
});

describe('the model', { timeout: 60_000 }, () => {
  it('stands beside what the gateway did', async () => {
    const { out, files } = await bench('model', '--events', '400', '--utilisations', '0.5', '--service-ms', '5');
    expect(out).toMatch(/mean wait predicted/);
    expect(out.trim().split('\n')).toHaveLength(3);
    expect(files.map((name) => name.replace(/^[\dT-]+-/, ''))).toEqual(['model.html', 'model.json']);
  });
});

describe('wrong words', () => {
  it.each([[[]], [['nope']], [['--compare', 'a.json']], [['model', '--slots', 'x']], [['self-test', 'x']]])(
    '%j end with 2 and say what was expected',
    async (args) => {
      let err = '';
      const code = await benchCommand(args, { out: () => undefined, err: (text) => (err += text) });
      expect(code).toBe(2);
      expect(err === '' || err.includes('expected')).toBe(true);
    },
  );
});
