/**
 * The build: library, command and demo handlers in one pass, so that they share one instance of every module; the client
 * for browsers and their bundlers; and the client, and MessagePack for it, as one file each
 * for a script tag.
 */
import { readdirSync } from 'node:fs';
import { defineConfig, type UserConfig } from 'tsdown';

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
  scriptTag({ file: 'sluice.min.js', entry: 'src/client-browser.ts', globalName: 'Sluice' }),
  scriptTag({ file: 'sluice-msgpack.min.js', entry: 'src/client-msgpack.ts', globalName: 'SluiceMsgpack' }),
]);

/** One file with all that it needs, which leaves a global behind. */
function scriptTag({ file, entry, globalName }: { file: string; entry: string; globalName: string }): UserConfig {
  return {
    ...common,
    entry: { [globalName]: entry },
    outDir: 'dist/browser',
    format: 'iife',
    globalName,
    platform: 'browser',
    target: 'es2022',
    dts: false,
    minify: true,
    deps: { alwaysBundle: [/./] },
    // The classes of RxJS as classes: a sixth smaller.
    inputOptions: { resolve: { conditionNames: ['es2015', 'browser', 'import', 'default'] } },
    outputOptions: { entryFileNames: file },
  };
}
