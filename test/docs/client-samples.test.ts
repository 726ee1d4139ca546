import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaults } from '../../src/client/resolved-options.js';
import type { Gateway } from '../../src/gateway.js';
import { errorCodes } from '../../src/protocol/error-codes.js';
import { startTestGateway } from '../support/test-gateway.js';
import { problemsOf, type Sample } from './client-samples-compiler.js';
import { declaredOptions } from './client-samples-options.js';
import { clientWorkshop, outputOfModule, samplesIn } from './client-samples-workshop.js';
import { demoHandlers } from './demo-handlers.js';
import { matches } from './dialogue.js';
import { columnOf, type Fence, plain, readDocument, tableOf } from './markdown.js';

const document = readDocument('CLIENT.md');
const samples = samplesIn(document);
/** What the others go on from. */
const start = samples.find(({ fence }) => fence.info[1] === 'start')?.fence.text ?? '';
const wholeOf = ({ info, text }: Fence): string =>
  info[1] === 'start' || info[1] === 'whole' ? text : `${start}\n${text}`;

describe('the samples of CLIENT.md and README', () => {
  const shown: readonly Sample[] = [
    ...samples.map(({ fence }) => ({ place: `CLIENT.md:${fence.line}`, text: wholeOf(fence) })),
    ...readDocument('README.md')
      .fences.filter(({ text }) => text.includes("from 'sluice/client"))
      .map(({ line, text }) => ({ place: `README.md:${line}`, text })),
  ];

  it('are as TypeScript wants them, and a mistake in one would be seen', () => {
    const mistaken = { place: 'mistaken', text: `${start}\nawait client.request('order.place', { customer: 'ada' });` };
    const problems = problemsOf([...shown, mistaken]);
    expect(problems.filter((problem) => !problem.startsWith('mistaken: '))).toEqual([]);
    expect(problems).toEqual([expect.stringContaining('missing the following properties from type')]);
    expect(start).toContain('const client = connect<');
  }, 60_000);
});

describe('a sample of CLIENT.md', () => {
  const workshop = clientWorkshop();
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await startTestGateway(demoHandlers, { anonymous: { publish: ['tick.*'] } });
  });
  afterAll(() => {
    gateway.close();
    workshop.remove();
  });

  const runnable = samples.filter(({ fence }) => fence.info[1] === 'run');

  it.each(runnable.map(({ fence, below }) => [`line ${fence.line}`, fence, below] as const))(
    'runs, and writes what is shown below it: %s',
    async (line, fence, below) => {
      expect(below?.info).toEqual(['text', 'output']);
      const text = wholeOf(fence).replaceAll('127.0.0.1:8080', `127.0.0.1:${gateway.port}`);
      const output = await outputOfModule(workshop, line.replace(' ', '-'), `${text}\nawait client.close();\n`);
      const lines = output.trimEnd().split('\n');
      const wanted = below?.text.split('\n') ?? [];
      expect(lines.filter((written, i) => !matches(wanted[i], written))).toEqual([]);
      expect(lines).toHaveLength(wanted.length);
    },
  );

  it('is run where it says something', () => {
    expect(runnable.length).toBeGreaterThan(5);
    const outputs = document.fences.filter(({ info }) => info.join(' ') === 'text output');
    expect(outputs).toHaveLength(runnable.length);
  });

  it('for a script tag names what the build makes', () => {
    const [html] = document.fences.filter(({ info }) => info[0] === 'html');
    const build = readFileSync('tsdown.config.ts', 'utf8');
    expect(html?.text).toContain('src="/sluice.min.js"');
    expect(html?.text).toContain('Sluice.connect(');
    expect(build).toContain("file: 'sluice.min.js'");
    expect(build).toContain("globalName: 'Sluice'");
  });
});

/** Of each table: the interface it shows, and what its options are called among the defaults of the code. */
const tables = [
  {
    of: 'connect',
    type: 'ConnectOptions',
    inCode: { 'queue.items': 'queueItems', 'queue.bytes': 'queueBytes', connectTimeoutMs: 'connectTimeoutMs' },
  },
  { of: 'an event', type: 'EmitOptions', inCode: {} },
  { of: 'a stream', type: 'StreamOptions', inCode: { credit: 'streamCredit' } },
  { of: 'subscribe', type: 'SubscribeOptions', inCode: { credit: 'topicCredit' } },
  { of: 'reconnect', type: 'ReconnectOptions', inCode: { minMs: 'reconnectMinMs', maxMs: 'reconnectMaxMs' } },
  { of: 'retry', type: 'RetryOptions', inCode: { attempts: 'retryAttempts', withinMs: 'retryWithinMs' } },
  { of: 'close', type: 'CloseOptions', inCode: { withinMs: 'closeWithinMs' } },
] as const satisfies readonly {
  of: string;
  type: string;
  inCode: Readonly<Record<string, keyof typeof defaults>>;
}[];

const headerOf = (of: string): string => (/^an? /.test(of) ? `Option of ${of}` : `Option of \`${of}\``);

describe.each(tables)('the options of $of', ({ of, type, inCode }) => {
  const table = tableOf(document, headerOf(of));
  const declared = declaredOptions(type);
  const names = columnOf(table, headerOf(of)).map(plain);
  const told = columnOf(table, 'Default').map((cell) => plain(cell).replaceAll("'", ''));

  it('are those of the code, in its order', () => {
    expect(names).toEqual(declared.map(({ name }) => name));
  });

  it('have the defaults of the code, and those its comments say', () => {
    const isTold = (said: string | undefined, cell: string): boolean => {
      if (said === undefined) return cell === 'none' || cell === 'see below';
      return said === cell || (said.startsWith(cell) && /^[,:;]/.test(said.slice(cell.length)));
    };
    const wrong = declared.filter((option, i) => !isTold(option.default, told[i] ?? ''));
    expect(wrong).toEqual([]);
    const numbers = Object.entries<keyof typeof defaults>(inCode);
    expect(numbers.map(([name]) => told[names.indexOf(name)])).toEqual(numbers.map(([, key]) => String(defaults[key])));
  });

  it('have their units and bounds', () => {
    const units = columnOf(table, 'Unit');
    const meanings = columnOf(table, table.header.at(-1) as string);
    for (const [i, { name, text }] of declared.entries()) {
      expect([name, units[i] === 'ms']).toEqual([name, /Ms$/.test(name)]);
      const [bounds] = /[\d,]+ to [\d,]*\d/.exec(text) ?? [];
      if (bounds !== undefined) expect(`${name}: ${meanings[i]}`).toContain(bounds);
    }
  });
});

describe('the tables of CLIENT.md', () => {
  it('show every default there is', () => {
    const shown = tables.flatMap(({ inCode }) => Object.values(inCode));
    expect(shown.toSorted()).toEqual(Object.keys(defaults).toSorted());
  });

  it('show every error code, and whether it is tried again', () => {
    const errors = tableOf(document, 'Code');
    const retries = columnOf(errors, '`retry`').map(plain);
    expect(columnOf(errors, 'Code').map((code, i) => [plain(code), retries[i]])).toEqual(
      Object.entries(errorCodes).map(([code, { retry }]) => [code, retry]),
    );
  });
});
