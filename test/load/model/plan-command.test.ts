import { describe, expect, it } from 'vitest';
import { durationText, parseDurationMs } from '../../../load/model/duration.js';
import { plan } from '../../../load/model/plan.js';
import { runPlan } from '../../../load/model/plan-command.js';
import { parsePlanArguments, planUsage } from '../../../load/model/plan-options.js';

function run(line: string) {
  let out = '';
  let err = '';
  const code = runPlan(
    line.split(' ').filter((word) => word !== ''),
    (text) => {
      out += text;
    },
    (text) => {
      err += text;
    },
  );
  return { code, out, err };
}

const example = '--rate 5000 --service 20ms --cv 1 --p99 200ms';

describe('sluice plan', () => {
  it('answers in text', () => {
    const { code, out, err } = run(example);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^For 5,000 events per second of 20 ms:\n/);
    for (const row of [
      /^ {2}slots +101$/m,
      /^ {2}places in the queue +1,145$/m,
      /^ {2}utilisation +99\.01 %$/m,
      /^ {2}overloaded from +5,050 events per second$/m,
      /^ {2}latency p99 +130 ms, target 200 ms$/m,
      /^ {2}service p99 +92\.1 ms \(exponential\)$/m,
      /^This is close to overload: .*--headroom/m,
      /^ {2}- Events arrive as a Poisson process/m,
    ]) {
      expect(out).toMatch(row);
    }
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it('says nothing of overload where there is none, and names the headroom', () => {
    const { out } = run('--rate 5 --service 20ms --headroom 0.5 --p999 200ms');
    expect(out).toMatch(/^For 7\.5 events per second of 20 ms, 50 % of headroom included:\n/);
    expect(out).toMatch(/latency p999/);
    expect(out).not.toMatch(/overload:/);
  });

  it('answers in JSON, with what was asked', () => {
    const { code, out } = run(`${example} --json`);
    expect(code).toBe(0);
    const options = { ratePerS: 5000, serviceMs: 20, cv: 1, headroom: 0, percentile: 99, targetMs: 200 };
    expect(JSON.parse(out)).toEqual({ options, ...plan(options) });
  });

  it('ends with 1 when the target cannot be met', () => {
    const { code, out, err } = run('--rate 5000 --service 20ms --p99 50ms');
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^expected a target of at least 92\.1 ms, .* got 50 ms\n$/);
    const inJson = run('--rate 5000 --service 20ms --p99 50ms --json');
    expect(inJson.code).toBe(1);
    expect(JSON.parse(inJson.out)).toMatchObject({ kind: 'no-plan' });
  });

  it('prints its usage when asked to', () => {
    expect(run('--help')).toEqual({ code: 0, out: planUsage, err: '' });
  });

  it.each([
    { line: '', message: 'expected one of --p50, --p90, --p95, --p99, --p999, got none' },
    { line: `${example} --p50 10ms`, message: /^expected one of .*, got --p50 and --p99/ },
    { line: '--service 20ms --p99 1s', message: 'expected --rate, got no such argument' },
    { line: '--rate 5 --p99 1s', message: 'expected --service, got no such argument' },
    { line: '--rate 0 --service 1ms --p99 1s', message: 'expected --rate to be above 0, got 0' },
    { line: '--rate x --service 1ms --p99 1s', message: 'expected --rate to be a number such as 0.5 or 5000, got x' },
    { line: '--rate 5 --service 20 --p99 1s', message: /^expected --service to be a duration .*, got 20\n/ },
    { line: '--rate 5 --service 20ms --p99 1s --cv 101', message: 'expected cv to be a number from 0 to 100, got 101' },
    { line: '--rate 5 --service 20ms --p99 1s --slots 4', message: /--slots/ },
  ])('ends with 2 and tells how it is used: $line', ({ line, message }) => {
    const { code, out, err } = run(line);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(err.endsWith(planUsage)).toBe(true);
  });

  it('takes each percentile, and a variation of 1 when none is given', () => {
    for (const [flag, percentile] of [
      ['p50', 50],
      ['p90', 90],
      ['p95', 95],
      ['p99', 99],
      ['p999', 99.9],
    ] as const) {
      const { options } = parsePlanArguments(['--rate', '5', '--service', '0.5s', `--${flag}`, '1m']);
      expect(options).toMatchObject({ percentile, cv: 1, serviceMs: 500, targetMs: 60_000 });
    }
  });
});

describe('durations', () => {
  it.each([
    { text: '20ms', durationMs: 20 },
    { text: '0.5s', durationMs: 500 },
    { text: '1m', durationMs: 60_000 },
    { text: '250us', durationMs: 0.25 },
  ])('are read: $text', ({ text, durationMs }) => {
    expect(parseDurationMs('--service', text)).toBe(durationMs);
  });

  it.each(['0ms', '20', '-1ms', '1h', '.5s', '1e3ms', '2000m', ' 1s', ''])('are not read: %j', (text) => {
    expect(() => parseDurationMs('--p99', text)).toThrow(`or 1m, got ${text}`);
  });

  it.each([
    { durationMs: 0, text: '0 ms' },
    { durationMs: 0.0001, text: '< 0.001 ms' },
    { durationMs: 0.012345, text: '0.0123 ms' },
    { durationMs: 20, text: '20 ms' },
    { durationMs: 1234.5, text: '1,235 ms' },
    { durationMs: 12_345, text: '12.3 s' },
  ])('are written: $text', ({ durationMs, text }) => {
    expect(durationText(durationMs)).toBe(text);
  });
});
