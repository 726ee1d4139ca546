import { resolve } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { post, serving } from '../cli/sluice-process.js';
import { TestClient } from '../support/test-client.js';
import { readDocument } from './markdown.js';
import { Workshop } from './workshop.js';

const fences = readDocument('README.md').fences.filter(({ info }) => info.join(' ') === 'ts handlers');
const workshop = new Workshop();

afterAll(() => workshop.remove());

/** What the compiler says of texts that stand where tests stand, with `sluice` read from its sources. */
function compilerProblems(texts: readonly string[]): string[] {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile) as { config: { compilerOptions: object } };
  const paths = { sluice: ['./src/index.ts'], 'sluice/operators': ['./src/operators.ts'] };
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, paths }, '.');
  const files = new Map(texts.map((text, i) => [resolve(`test/docs/shown-${i}.ts`), text]));
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.getSourceFile = (path, languageVersion) => {
    const text = files.get(path);
    if (text === undefined) return getSourceFile(path, languageVersion);
    return ts.createSourceFile(path, text, languageVersion);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files.keys()]
    .flatMap((path) => {
      const source = program.getSourceFile(path);
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    })
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('the handlers in README', () => {
  it('are as TypeScript wants them, and a mistake in them would be seen', () => {
    const shown = fences.map(({ text }) => text);
    const mistaken = shown.map((text) => text.replace('data.sku', 'data.sku.length'));
    expect(shown).toHaveLength(1);
    expect(compilerProblems([...shown, ...mistaken])).toEqual([expect.stringContaining("'number' is not assignable")]);
  });

  it('run as their comments say', async () => {
    workshop.write('handlers/shop.js', fences[0]?.text ?? '');
    // Here the package is its sources.
    const { child, url } = await serving(
      [
        '--handlers',
        `${workshop.folder}/handlers`,
        '--pipelines.default.slots',
        '1',
        // So that the stream below keeps the only slot while it waits for its client.
        '--pipelines.default.parkedMax',
        '0',
        '--anonymous.publish',
        'chat.*',
      ],
      ['--import', 'tsx', 'src/main.ts'],
    );
    const client = await TestClient.connect(Number(new URL(url).port));

    const reserve = (id: number, qty: unknown) => ({ id, type: 'stock.reserve', key: 'a1', data: { sku: 'a1', qty } });
    expect(await client.request(reserve(1, 2))).toEqual({ op: 'end', id: 1, data: { left: 3 } });
    expect(await client.request(reserve(2, 4))).toMatchObject({ code: 'failed_precondition', details: { missing: 1 } });
    expect(await client.request(reserve(3, 'two'))).toMatchObject({ code: 'invalid_argument', started: 'no' });

    client.send(
      [1, 2, -300].map((celsius, i) => ({ op: 'event', id: 10 + i, type: 'sensor.sample', data: { celsius } })),
    );
    expect(await client.outcome(10)).toEqual({ op: 'end', id: 10, data: 'stored' });
    expect(await client.outcome(12)).toMatchObject({ code: 'out_of_range', message: 'too cold' });

    client.send({ op: 'event', id: 20, type: 'quotes', data: { symbols: ['A'], rounds: 2 }, credit: 1 });
    await client.next(({ op, id }) => op === 'item' && id === 20);
    const place = (id: number, lat: number) => ({
      op: 'event',
      id,
      type: 'van.position',
      key: 'v',
      data: { lat, lon: 0 },
    });
    client.send([place(21, 1), place(22, 2)]);
    expect(await client.outcome(21)).toMatchObject({ code: 'aborted' });
    client.send({ op: 'pull', id: 20, max: 10 });
    expect(await client.outcome(20)).toEqual({ op: 'end', id: 20, n: 2 });
    expect(await client.outcome(22)).toEqual({ op: 'end', id: 22, data: { van: 'v', lat: 2, lon: 0 } });
    expect(client.framesOf(20)[0]).toEqual({ op: 'item', id: 20, n: 1, data: { symbol: 'A', round: 1 }, key: 'A' });

    client.send({ op: 'subscribe', id: 30, topic: 'pace.>' });
    const said = await client.request({ id: 31, type: 'chat.say', key: 'tea', data: { text: 'hello' } });
    expect(said).toMatchObject({ op: 'end', data: { topic: 'chat.tea', offset: 1 } });
    const pace = await client.next(({ op }) => op === 'message');
    expect(pace).toMatchObject({ topic: 'pace.chat.tea', data: { count: 1 } });

    expect(await post(url, 'stock.reserve', { sku: 'none', qty: 1 })).toMatchObject([412, { retry: 'no' }]);
    await client.close();
    child.kill('SIGTERM');
    expect(await child.ended).toBe(0);
  });
});
