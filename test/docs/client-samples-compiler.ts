/** What the compiler says of samples, each a module of its own, with `sluice/client` read from its sources. */
import { resolve } from 'node:path';
import ts from 'typescript';

/** One sample: where it stands, and its text. */
export interface Sample {
  readonly place: string;
  readonly text: string;
}

/** The part of React that samples use. React itself is not among the packages of this project. */
const react = `declare module 'react' {
  export function useState<S>(initial: S): [S, (next: S) => void];
  export function useEffect(effect: () => (() => void) | undefined, dependencies: readonly unknown[]): void;
}`;

/** @returns one line for each problem, beginning with the place of its sample */
export function problemsOf(samples: readonly Sample[]): string[] {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile) as { config: { compilerOptions: object } };
  const paths = { 'sluice/client': ['./src/client.ts'], 'sluice/client/msgpack': ['./src/client-msgpack.ts'] };
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, paths }, '.');
  const declarations = resolve('test/docs/shown-react.d.ts');
  const places = new Map(samples.map(({ place }, i) => [resolve(`test/docs/shown-${i}.ts`), place]));
  const texts = new Map([...places.keys()].map((path, i) => [path, samples[i]?.text ?? '']));
  texts.set(declarations, react);
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.getSourceFile = (path, version) => {
    const text = texts.get(path);
    return text === undefined ? getSourceFile(path, version) : ts.createSourceFile(path, text, version);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  return [...places].flatMap(([path, place]) => {
    const source = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ messageText }) => `${place}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
  });
}
