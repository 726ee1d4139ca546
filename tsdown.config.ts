/** The build: library, command and demo handlers in one pass, so that they share one instance of every module. */
import { readdirSync } from 'node:fs';
import { defineConfig } from 'tsdown';

const demos = readdirSync('src/demo').filter((file) => file.endsWith('.ts'));

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    operators: 'src/operators.ts',
    main: 'src/main.ts',
    ...Object.fromEntries(demos.map((file) => [`demo/${file.slice(0, -'.ts'.length)}`, `src/demo/${file}`])),
  },
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  fixedExtension: false,
  dts: { entry: ['src/index.ts', 'src/operators.ts'] },
  sourcemap: true,
  clean: true,
  outputOptions: { chunkFileNames: 'chunks/[name]-[hash].js' },
});
