/**
 * Loads the modules that export handlers. An entry is a module, or a folder: all modules that lie directly in it, in
 * the order of their names. Its subfolders are not looked into: that is where modules belong that handlers import.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Definition, isDefinition } from '../handlers/definition.js';
import { CommandError } from './command-error.js';

/**
 * Every exported value made by `defineHandler`, `defineProcessor` or `definePublisher`, default or named, also in exported arrays; each once.
 * @param entries absolute paths
 * @throws CommandError naming the file that is missing, cannot be loaded, or exports no handler
 */
export async function loadHandlers(entries: readonly string[]): Promise<Definition[]> {
  const found = new Set<Definition>();
  for (const file of new Set(entries.flatMap(filesOf))) {
    const handlers = handlersIn(await load(file));
    if (handlers.length === 0) {
      throw new CommandError(
        `handlers: expected ${file} to export a value made by defineHandler, defineProcessor or definePublisher, found none`,
      );
    }
    for (const handler of handlers) found.add(handler);
  }
  return [...found];
}

const javaScript = /\.[cm]?js$/;
const script = /\.[cm]?[jt]s$/;
/** Types and tests lie beside what they belong to. */
const notLoaded = /\.d\.[cm]?ts$|\.(?:test|spec)\.[^.]+$|^\./;
const stackLinesMax = 8;

function filesOf(entry: string): string[] {
  const isFolder = kindOf(entry) === 'folder';
  if (!isFolder) return [entry];
  const loadable = canLoadTypeScript() ? script : javaScript;
  const files = readdirSync(entry)
    .filter((name) => loadable.test(name) && !notLoaded.test(name))
    .sort()
    .map((name) => join(entry, name))
    .filter((path) => kindOf(path) === 'file');
  if (files.length === 0) throw new CommandError(`handlers: expected modules in the folder ${entry}, found none`);
  return files;
}

function kindOf(path: string): 'file' | 'folder' {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file';
  } catch {
    throw new CommandError(`handlers: expected a module or folder at ${path}, found nothing`);
  }
}

/** When this very file runs from its source, or a loader for TypeScript was asked for. */
function canLoadTypeScript(): boolean {
  const asked = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ');
  return import.meta.url.endsWith('.ts') || /\btsx\b/.test(asked);
}

async function load(file: string): Promise<object> {
  try {
    return (await import(pathToFileURL(file).href)) as object;
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const lines = stack.split('\n').filter((line) => !line.includes('node:internal'));
    throw new CommandError(`handlers: ${file} cannot be loaded:\n  ${lines.slice(0, stackLinesMax).join('\n  ')}`);
  }
}

function handlersIn(module: object): Definition[] {
  return Object.values(module)
    .flatMap((value: unknown) => (Array.isArray(value) ? (value as unknown[]) : [value]))
    .filter(isDefinition);
}
