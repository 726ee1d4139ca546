import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { benchCommand } from '../../../load/bench/bench-command.js';
import { goals } from '../../../load/bench/goals.js';
import { goalsCommand, type RunGoal } from '../../../load/bench/goals-command.js';
import { scenarios } from '../../../load/bench/scenarios.js';
import type { BenchRun } from '../../../load/report/bench-run.js';
import { checksOf } from '../../../load/report/check.js';
import { sampleRun } from '../html/sample-run.js';

/** Goals as they would be with these runs. */
async function measured(args: readonly string[], more: (scenario: string) => Partial<BenchRun>) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-goals-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const asked: string[] = [];
  const run: RunGoal = async (scenario, { command }) => {
    asked.push(command);
    return sampleRun({ scenario: scenario.name, command, checks: found(95), ...more(scenario.name) });
  };
  let [out, err] = ['', ''];
  const output = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
  };
  const code = await goalsCommand([...args, '--results', folder], output, run);
  return { code, out, err, asked, files: readdirSync(folder) };
}

function found(value: number | undefined) {
  return checksOf([[{ goal: 'O1', what: 'goodput', value, unit: '%', bound: { min: 90 } }]]);
}

describe('the goals', () => {
  it('are in a table with their commands, and each run is written', async () => {
    const { code, out, asked, files } = await measured(['--only', 'O1,O3', '--repetitions', '3'], () => ({}));
    expect(code).toBe(0);
    expect(asked).toHaveLength(3);
    expect(asked[0]).toMatch(/^sluice bench overload --repetitions 3/);
    expect(out).toMatch(/O1 +goodput +95 % +≥ 90 % +yes +sluice bench noisy-tenant/);
    expect(files.filter((name) => name.endsWith('.json'))).toHaveLength(3);
  });

  it.each([
    ['one is not met', { checks: found(80) }],
    ['one has no figure', { checks: found(undefined) }],
    ['a scenario has none', { checks: [] }],
    ['a run is not valid', { invalid: ['the generator was late'] }],
    ['events were lost', { verdict: { kind: 'lost', seed: 1, counts: { lost: 1 }, findings: [], checked: 1 } }],
  ] as const)('end with 1 when %s', async (_what, more) => {
    const { code, out } = await measured(['--only', 'O2,O4'], (name) => (name === 'deadline' ? more : {}));
    expect(code).toBe(1);
    if ('invalid' in more) expect(out).toContain('deadline NOT VALID: the generator was late');
    if ('verdict' in more) expect(out).toContain('deadline audit: lost');
  });

  it('are all measured when none is named, by scenarios that look for them', async () => {
    const { asked } = await measured([], () => ({}));
    expect(asked).toHaveLength(goals.flatMap((goal) => goal.scenarios).length);
    for (const goal of goals) {
      for (const name of goal.scenarios) {
        const scenario = scenarios.find((each) => each.name === name);
        const choice = { ...scenario?.defaults, encoding: 'json', inFlight: undefined } as never;
        // Of a run without any point, so that none may be met.
        const checks = checksOf([scenario?.figures?.({ points: [], choice }) ?? []]);
        expect(checks.length, name).toBeGreaterThan(0);
        expect(new Set(checks.map((check) => check.goal))).toEqual(new Set([goal.name]));
        expect(checks.filter(({ isMet }) => isMet)).toEqual([]);
      }
    }
  });

  it.each([
    [['--only', 'O9'], 'expected --only to be some of O1'],
    [['--repetitions', '0'], 'expected --repetitions'],
    [['--nope'], 'Unknown option'],
  ])('%j ends with 2', async (args, message) => {
    let err = '';
    const code = await benchCommand(['goals', ...args], {
      out: () => undefined,
      err: (text) => {
        err += text;
      },
    });
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
