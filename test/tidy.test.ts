/** The rules of the house, told in ARCHITECTURE.md and CONTRIBUTING.md, held by tests so that they cannot rot. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Files, projectFiles, type Rule } from './support/tidy/files.js';
import {
  importsOf,
  noFileReachesItself,
  onlyTheCommandTouchesTheProcess,
  roomsImportOnlyWhatTheyMay,
  theTopStaysSmall,
  vendorsStayInTheirRooms,
} from './support/tidy/import-rules.js';
import {
  exportsAreExplained,
  filesStayShort,
  namesSaySomething,
  nothingIsLeftLyingAbout,
  testsDoNotSleep,
} from './support/tidy/text-rules.js';

interface RuleCase {
  readonly title: string;
  readonly rule: Rule;
  /** Each of these trees breaks the rule. */
  readonly broken: readonly Readonly<Record<string, string>>[];
  /** Close to broken, and allowed. */
  readonly allowed: Readonly<Record<string, string>>;
}

const cases: readonly RuleCase[] = [
  {
    title: 'a room imports only what its row of the table names',
    rule: roomsImportOnlyWhatTheyMay,
    broken: [
      { 'src/codec/json.ts': "import { Route } from '../pipeline/route.js';" },
      { 'src/codec/json.ts': "import type { Route } from '../pipeline/route.js';" },
      { 'src/admission/rate.ts': "export * from '../replies/outbox.js';" },
      { 'src/admission/rate.ts': "export type { Outbox } from '../replies/outbox.js';" },
      { 'src/handlers/worker.ts': "const gateway = await import('../gateway.js');" },
      { 'src/handlers/worker.ts': "let gateway: import('../gateway.js').Gateway;" },
      { 'src/gateway.ts': "import { serve } from './cli/serve.js';" },
      { 'src/cli/serve.ts': "import { listen } from '../listener/listen.js';" },
      { 'src/protocol/frames.ts': "import { Clock } from '../model/clock.js';" },
      { 'src/attic/box.ts': "import { Clock } from '../model/clock.js';" },
      { 'src/gateway.ts': "import { peer } from '../load/peers/echo.js';" },
    ],
    allowed: {
      'src/codec/json.ts': "import { limits } from '../protocol/limits.js'; import { walk } from './walk.js';",
      'src/gateway.ts': "import { api } from './http-api.js'; import { Pipeline } from './pipeline/pipeline.js';",
      'src/main.ts': "import { startGateway } from './gateway.js'; import { serve } from './cli/serve.js';",
      'test/gateway.test.ts': "import { Pipeline } from '../src/pipeline/pipeline.js';",
    },
  },
  {
    title: 'a package is imported in its own rooms only',
    rule: vendorsStayInTheirRooms,
    broken: [
      { 'src/gateway.ts': "import { App } from 'uWebSockets.js';" },
      { 'src/admission/admission.ts': "import type { Observable } from 'rxjs';" },
      { 'src/codec/stream.ts': "export { map } from 'rxjs/operators';" },
      { 'src/config/load.ts': "const left = await import('left-pad');" },
      { 'src/config/load.ts': "import { pad } from '@scope/left-pad/deep';" },
    ],
    allowed: {
      'src/listener/listen.ts': "import { App } from 'uWebSockets.js'; import { join } from 'node:path';",
      'load/run.ts': "import WebSocket from 'ws';",
    },
  },
  {
    title: 'no file reaches itself through its imports',
    rule: noFileReachesItself,
    broken: [
      {
        'src/codec/a.ts': "import { b } from './b.js';",
        'src/codec/b.ts': "export { c } from './c.js';",
        'src/codec/c.ts': "import type { A } from './a.js';",
      },
      { 'src/codec/a.ts': "import * as self from './a.js';" },
    ],
    allowed: {
      'src/codec/a.ts': "import { b } from './b.js'; import { c } from './c.js';",
      'src/codec/b.ts': "import { c } from './c.js';",
      'src/codec/c.ts': 'export const c = 1;',
    },
  },
  {
    title: 'only the command touches the process',
    rule: onlyTheCommandTouchesTheProcess,
    broken: [
      { 'src/config/load.ts': 'const { PORT } = process.env;' },
      { 'src/telemetry/log.ts': "import { exit } from 'node:process';" },
      { 'src/gateway.ts': "const own = process; own.on('SIGTERM', stop);" },
    ],
    allowed: {
      'src/main.ts': 'process.exitCode = 1;',
      'src/cli/serve.ts': 'const { env } = process;',
      'src/replies/outbox.ts': 'process.nextTick(flush); const row = { process: 1 }; row.process;',
      'load/run.ts': 'process.exit(1);',
    },
  },
  {
    title: 'the top of src/ stays small',
    rule: theTopStaysSmall,
    broken: [Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`src/part-${i}.ts`, '']))],
    allowed: { 'src/gateway.ts': '', 'src/index.ts': '', 'src/main.ts': '', 'src/http-api.ts': '' },
  },
  {
    title: 'names are in kebab-case and say something',
    rule: namesSaySomething,
    broken: [
      { 'src/codec/utils.ts': '' },
      { 'src/common/clock.ts': '' },
      { 'test/support/helper.ts': '' },
      { 'load/misc.test.ts': '' },
      { 'src/codec/jsonCodec.ts': '' },
      { 'src/Codec/json.ts': '' },
    ],
    allowed: { 'src/codec/json-codec.ts': '', 'test/codec/json-codec.test.ts': '', 'src/codec/commonest.ts': '' },
  },
  {
    title: 'a file has 300 lines at most',
    rule: filesStayShort,
    broken: [{ 'src/codec/json.ts': '\n'.repeat(301) }],
    allowed: { 'src/codec/json.ts': '\n'.repeat(300) },
  },
  {
    title: 'a file of src/ opens with a comment, and its exports have docstrings',
    rule: exportsAreExplained,
    broken: [
      { 'src/codec/json.ts': 'const a = 1;' },
      { 'src/codec/json.ts': '/** File. */\nimport a from "a";\nexport function b() {}' },
      { 'src/codec/json.ts': '/** File. */\nimport a from "a";\n// Not a docstring.\nexport class B {}' },
      { 'src/codec/json.ts': '/** File. */\nimport a from "a";\nexport const b = 1, c = 2;' },
      { 'src/codec/json.ts': '/** File. */\nimport a from "a";\nexport interface B {}' },
      { 'src/codec/json.ts': '/** File. */\nimport a from "a";\nexport interface OtherOptions {}' },
    ],
    allowed: {
      'src/codec/json-codec.ts': '/** File. */\nimport a from "a";\nexport class JsonCodec {}\nexport type T = 1;',
      'src/codec/json-bounds.ts': '/** File. */\nimport a from "a";\nexport interface JsonBoundsOptions {}',
      'src/main.ts': '#!/usr/bin/env node\n/** File. */\nfunction hidden() {}',
      'src/codec/one.ts':
        '/** File. */\nimport a from "a";\n/** B. */\nexport function b(): void;\nexport function b() {}',
      'test/one.ts': 'export const one = 1;',
    },
  },
  {
    title: 'nothing is unfinished, skipped, run alone, or hidden from the compiler',
    rule: nothingIsLeftLyingAbout,
    broken: [
      { 'src/codec/json.ts': '// TODO: later' },
      { 'src/codec/json.ts': 'const a = [\n  1, // FIXME\n];' },
      { 'src/codec/json.ts': '/** One.\n * XXX two */\nconst a = 1;' },
      { 'src/codec/json.ts': 'function a() {\n  // @ts-ignore\n}' },
      { 'load/run.ts': '// @ts-expect-error\nconst a: string = 1;' },
      { 'src/codec/json.ts': 'const a = JSON.parse("") as any;' },
      { 'src/codec/json.ts': 'const a: Record<string, any[]> = {};' },
      { 'test/a.test.ts': "it.only('a', () => {});" },
      { 'test/a.test.ts': "describe.skip('a', () => {});" },
      { 'test/a.test.ts': "it.each([1]).skip('a', () => {});" },
      { 'test/a.test.ts': "test.todo('a');" },
      { 'test/a.test.ts': "it.skipIf(true)('a', () => {});" },
    ],
    allowed: {
      'src/codec/json.ts': "const text = 'TODO // FIXME @ts-ignore: any'; cursor.skip(1); // any of these",
      'test/a.test.ts': "it.each([1])('a', () => {}); expect.any(Number);",
    },
  },
  {
    title: 'tests do not sleep',
    rule: testsDoNotSleep,
    broken: [
      { 'test/a.test.ts': 'await new Promise((resolve) => setTimeout(resolve, 1_000));' },
      { 'test/a.test.ts': 'setTimeout(() => check(), 100);' },
      { 'test/a.test.ts': 'await sleep(500);' },
      { 'test/a.test.ts': 'await timers.setTimeout(250);' },
    ],
    allowed: {
      'test/a.test.ts': "setTimeout(() => reject(new Error('nothing came')), 5000); clock.advance(1000);",
      'load/run.ts': 'await sleep(5000);',
    },
  },
];

let tree: Files;

beforeAll(() => {
  tree = projectFiles();
});

describe.each(cases)('$title', ({ rule, broken, allowed }) => {
  it.each(broken.map((files) => ({ files })))('fails on $files', ({ files }) => {
    expect(rule(new Map(Object.entries(files)))).not.toEqual([]);
  });

  it('passes what is close to it and allowed', () => {
    expect(rule(new Map(Object.entries(allowed)))).toEqual([]);
  });

  it('holds in the project', () => {
    expect(rule(tree)).toEqual([]);
  });
});

describe('the tree the rules look at', () => {
  it('is the real one', () => {
    expect(tree.size).toBeGreaterThan(50);
    expect(tree.has('test/tidy.test.ts')).toBe(true);
    const own = importsOf('test/tidy.test.ts', tree.get('test/tidy.test.ts') ?? '').map(({ specifier }) => specifier);
    expect(own).toContain('./support/tidy/import-rules.js');
  });
});

interface Lockfile {
  readonly packages: Readonly<Record<string, { resolved?: string; optionalDependencies?: Record<string, string> }>>;
}

describe('the packages', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, Record<string, string>>;
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lockfile;

  it('are pinned to exact versions', () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter(([, version]) => !/^(?:npm:[a-z-]+@)?\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('name no registry in the lockfile', () => {
    expect(Object.entries(packages).filter(([, { resolved }]) => resolved?.startsWith('http'))).toEqual([]);
  });

  it('are all in the lockfile, those of other platforms too, without which npm ci refuses to start', () => {
    const optional = Object.values(packages).flatMap(({ optionalDependencies }) =>
      Object.keys(optionalDependencies ?? {}),
    );
    expect(optional.filter((name) => !Object.keys(packages).some((at) => at.endsWith(`node_modules/${name}`)))).toEqual(
      [],
    );
  });
});
