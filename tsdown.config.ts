/**
 * The build: library, command and demo handlers in one pass, so that they share one instance of every module; the client
 * for browsers and their bundlers; and the client as one file for a script tag.
 */
import { readdirSync } from 'node:fs';
import { defineConfig } from 'tsdown';

const demos = readdirSync('src/demo').filter((file) => file.endsWith('.ts'));
const common = { format: 'esm', fixedExtension: false, sourcemap: true, clean: false } as const;

export default defineConfig([
  {
    ...common,
    entry: {
      index: 'src/index.ts',
      operators: 'src/operators.ts',
      client: 'src/client.ts',
      'client-msgpack': 'src/client-msgpack.ts',
      main: 'src/main.ts',
      ...Object.fromEntries(demos.map((file) => [`demo/${file.slice(0, -'.ts'.length)}`, `src/demo/${file}`])),
    },
    platform: 'node',
    target: 'node20.19',
    dts: { entry: ['src/index.ts', 'src/operators.ts', 'src/client.ts', 'src/client-msgpack.ts'] },
    outputOptions: { chunkFileNames: 'chunks/[name]-[hash].js' },
  },
  {
    ...common,
    entry: { client: 'src/client-browser.ts', 'client-msgpack': 'src/client-msgpack.ts' },
    outDir: 'dist/browser',
    platform: 'browser',
    target: 'es2022',
    dts: false,
    outputOptions: { chunkFileNames: '[name]-[hash].js' },
  },
  {
    ...common,
    entry: { sluice: 'src/client-browser.ts' },
    outDir: 'dist/browser',
    format: 'iife',
    globalName: 'Sluice',
    platform: 'browser',
    target: 'es2022',
    dts: false,
    minify: true,
    noExternal: [/./],
    // The classes of RxJS as classes: a sixth smaller.
    inputOptions: { resolve: { conditionNames: ['es2015', 'browser', 'import', 'default'] } },
    outputOptions: { entryFileNames: 'sluice.min.js' },
  },
]);
