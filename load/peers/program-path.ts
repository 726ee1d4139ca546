/** Where programs of the system are that some peers need. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Brokers are installed here, and this is seldom on the path of anyone but root. */
const folders = ['/usr/sbin', '/usr/local/sbin'];

/** Absolute path of a program, on `PATH` (which a caller may replace) or where servers are. @returns undefined when missing */
export function programPath(program: string, path = process.env.PATH ?? ''): string | undefined {
  return [...path.split(delimiter).filter((folder) => folder !== ''), ...folders]
    .map((folder) => join(folder, program))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
