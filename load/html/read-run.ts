/** Results files as they are read again: checked field by field, since a report of a wrong file would look right. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { verdictKinds } from '../audit/verdict.js';
import type { BenchRun } from '../report/bench-run.js';
import { units } from '../report/check.js';

const format = 'sluice-bench/1';
const problemsShownMax = 5;

const amount = z.number().min(0);
const amounts = z.array(amount);
const times = z.record(z.string(), amount);

const latency = z.object({
  count: amount,
  meanMs: amount,
  p50Ms: amount,
  p90Ms: amount,
  p99Ms: amount,
  p999Ms: amount,
  maxMs: amount,
});

const curve = z
  .object({ percentiles: amounts, latencyMs: amounts, serviceMs: amounts })
  .refine(({ percentiles, latencyMs, serviceMs }) => areAsLong(percentiles, latencyMs, serviceMs), 'unequal')
  .refine(({ percentiles }) => isRising(percentiles), 'falling');

const series = z
  .object({ atMs: amounts, offeredPerS: amounts, donePerS: amounts, p50Ms: amounts, p99Ms: amounts })
  .refine(({ atMs, ...others }) => areAsLong(atMs, ...Object.values(others)), 'unequal')
  .refine(({ atMs }) => isRising(atMs), 'falling');

const samples = z
  .object({ atMs: amounts, of: z.record(z.string(), amounts) })
  .refine(({ atMs, of }) => areAsLong(atMs, ...Object.values(of)), 'unequal')
  .refine(({ atMs }) => isRising(atMs), 'falling');

const summary = z.object({ median: z.number(), lowest: z.number(), highest: z.number() });

const hostile = z.object({
  name: z.string(),
  connections: amount,
  opened: amount,
  closed: times,
  bytesWritten: amount,
});

const check = z
  .object({
    goal: z.string(),
    what: z.string(),
    unit: z.enum(units),
    bound: z.union([z.strictObject({ min: z.number() }), z.strictObject({ max: z.number() })]),
    found: summary.optional(),
    isMet: z.boolean(),
  })
  .transform((checked) => ({ ...checked, found: checked.found }));

const point = z
  .object({
    label: z.string(),
    arm: z.string().optional(),
    factor: amount.optional(),
    offeredPerS: amount,
    sent: amount,
    ok: amount,
    failed: times,
    unanswered: amount,
    donePerS: amount,
    goodputPerS: amount,
    latency,
    service: latency,
    curve,
    series,
    classes: z.array(
      z.object({
        name: z.string(),
        sent: amount,
        ok: amount,
        donePerS: amount,
        latency,
        gapMsMax: amount.optional(),
      }),
    ),
    generator: z.object({ cpuShare: amount, lagP99Ms: amount, isBottleneck: z.boolean() }),
    server: z.object({ cpuUsPerEvent: amount, rssBytesMax: amount }).optional(),
    goodputSpread: summary.optional(),
    samples: z.array(samples).optional(),
    startedLate: amount.optional(),
    hostile: z.array(hostile).optional(),
  })
  .transform((checked) => ({ ...checked, server: checked.server }));

const [, ...findingKinds] = verdictKinds;

const benchRun = z.object({
  format: z.literal(format),
  scenario: z.string(),
  target: z.string(),
  startedAt: z.string(),
  durationMs: amount,
  seed: z.number(),
  command: z.string(),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  machine: z.object({
    cpu: z.string(),
    cores: amount,
    node: z.string(),
    kernel: z.string(),
    isPinned: z.boolean(),
  }),
  points: z.array(point),
  checks: z.array(check).optional(),
  verdict: z.object({
    kind: z.enum(verdictKinds),
    seed: z.number(),
    counts: z.partialRecord(z.enum(verdictKinds), amount),
    findings: z.array(z.object({ kind: z.enum(findingKinds), message: z.string() })),
    checked: amount,
  }),
  invalid: z.array(z.string()),
});

/** Reads and checks one file. Throws an error that names the file, and each field that is not as it should be. */
export function readRun(path: string): BenchRun {
  return checkedRun(parsed(path, readText(path)), path);
}

/** @returns what was parsed, as the type says. `path` is for the error. */
function checkedRun(value: unknown, path: string): BenchRun {
  const found = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  if (found !== format) {
    throw new Error(
      `${path}: expected a results file of format ${format}, got ${shown(found, 'a file without format')}`,
    );
  }
  const { success, data, error } = benchRun.safeParse(value, { reportInput: true });
  if (success) return data;
  const problems = error.issues.map(problem);
  const more = problems.length > problemsShownMax ? [`and ${problems.length - problemsShownMax} more`] : [];
  throw new Error([`${path}: not a whole results file`, ...problems.slice(0, problemsShownMax), ...more].join('\n  '));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`${path}: expected a results file, got ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${path}: expected JSON, got ${shown(text, 'nothing')}`, { cause: error });
  }
}

type Issue = z.core.$ZodIssue;

function problem(issue: Issue): string {
  const place = issue.path.reduce<string>(
    (path, key) => (typeof key === 'number' ? `${path}[${key}]` : path === '' ? String(key) : `${path}.${String(key)}`),
    '',
  );
  return issue.code === 'custom'
    ? `${place}: expected ${customRules[issue.message] ?? issue.message}`
    : `${place}: expected ${expected(issue)}, got ${shown(issue.input, 'nothing')}`;
}

const customRules: Readonly<Record<string, string>> = {
  unequal: 'arrays of one length',
  falling: 'values that rise',
};

function expected(issue: Issue): string {
  if (issue.code === 'invalid_type') return issue.expected;
  if (issue.code === 'invalid_value') return issue.values.map(String).join(' | ');
  if (issue.code === 'too_small') return `at least ${issue.minimum}`;
  return issue.code === 'invalid_union' ? 'string, number or boolean' : issue.message;
}

function shown(value: unknown, nothing: string): string {
  if (value === undefined) return nothing;
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function areAsLong(first: readonly unknown[], ...others: readonly (readonly unknown[])[]): boolean {
  return others.every(({ length }) => length === first.length);
}

function isRising(values: readonly number[]): boolean {
  return values.every((value, at) => at === 0 || value >= (values[at - 1] ?? value));
}
