import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Gateway } from '../../src/gateway.js';
import { startTestGateway } from '../support/test-gateway.js';
import { demoHandlers } from './demo-handlers.js';
import { matches } from './dialogue.js';
import { type Fence, readDocument } from './markdown.js';
import { outputOf, Workshop } from './workshop.js';

const { fences } = readDocument('README.md');
const workshop = new Workshop();
let gateway: Gateway;

beforeAll(async () => {
  gateway = await startTestGateway(demoHandlers);
});

afterAll(() => {
  gateway.close();
  workshop.remove();
});

/** Fences that are marked to be run, each with the output that is shown below it, if one is. */
const runnable = (language: string) =>
  fences.flatMap((fence, index) => {
    if (fence.info[0] !== language || fence.info[1] !== 'run') return [];
    const below = fences[index + 1];
    const output = below?.info.join(' ') === 'text output' ? below.text : undefined;
    return [[`line ${fence.line}`, fence, output] as const];
  });

/** To this test's gateway, and from the sources: the build may be an old one. */
const here = ({ text }: Fence): string =>
  text
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${gateway.port}`)
    .replaceAll('node dist/main.js', 'node --import tsx src/main.ts')
    .replaceAll('-c config/demo.yaml', '-c config/demo.yaml --handlers src/demo');

const expectOutput = (got: string, expected: string | undefined): void => {
  if (expected === undefined) return;
  const lines = got.trimEnd().split('\n');
  const wanted = expected.trimEnd().split('\n');
  expect(lines.filter((line, i) => !matches(wanted[i], line))).toEqual([]);
  expect(lines).toHaveLength(wanted.length);
};

describe('a command in README', () => {
  it.each(runnable('sh'))('runs, and writes what is shown below it: %s', async (_line, fence, output) => {
    expectOutput(await outputOf('bash', ['-euo', 'pipefail', '-c', here(fence)]), output);
  });

  it('is one of make where it is not run here, or is for a place this is not', () => {
    const others = fences.filter(({ info }) => info[0] === 'sh' && info[1] === undefined);
    const commands = others.flatMap(({ text }) => text.split('\n')).filter((line) => !line.startsWith('make '));
    expect(commands.filter((line) => !/uws_|uWebSockets\.js/.test(line))).toEqual([]);
  });
});

describe('a client in README', () => {
  it.each(runnable('js'))('runs, and writes what is shown below it: %s', async (_line, fence, output) => {
    const file = workshop.write(`line-${fence.line}.mjs`, here(fence));
    expectOutput(await outputOf(process.execPath, ['--import', 'tsx', file]), output);
  });

  it('of the first event has ten lines', () => {
    const [first] = runnable('js');
    expect(first?.[1].text.trimEnd().split('\n').length).toBeLessThanOrEqual(10);
  });
});
