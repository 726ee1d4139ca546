/** Where this package lies, and its version, read from its package.json: the one file that has it. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface FoundPackage {
  readonly folder: string;
  readonly version: string;
}

/** The version in package.json. */
export function packageVersion(): string {
  return findPackage()?.version ?? 'unknown';
}

/** The folder of package.json; undefined when there is none. */
export function packageFolder(): string | undefined {
  return findPackage()?.folder;
}

/** Looks upwards from this file, as sources and the build lie at different depths. */
function findPackage(): FoundPackage | undefined {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const version = versionIn(join(folder, 'package.json'));
    if (version !== undefined) return { folder, version };
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}

function versionIn(file: string): string | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string | undefined>;
    return name === 'sluice' ? version : undefined;
  } catch {
    return undefined;
  }
}
