/**
 * Reads the files of folders, all of them and once, when the gateway starts: what is served later is what was there
 * then, and no request of a client ever becomes a path in the file system.
 */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { PagesError } from './pages-error.js';

/** One file. */
export interface Page {
  /** Where it is served: `/app/main.js`. An `index.html` is at its folder as well: `/app/index.html`, `/app/`. */
  readonly paths: readonly string[];
  readonly bytes: Uint8Array;
}

/** Bounds of all folders together. Beyond one of them nothing is served, and {@link readPages} throws. */
export interface PageBounds {
  readonly filesMax: number;
  /** Counted with all that lie in others. */
  readonly foldersMax: number;
  readonly bytesMax: number;
  readonly fileBytesMax: number;
  /** Parts of a path. */
  readonly depthMax: number;
}

const mib = 1_048_576;

/** What holds unless a test wants less. */
export const pageBounds: PageBounds = Object.freeze({
  filesMax: 256,
  foldersMax: 256,
  bytesMax: 8 * mib,
  fileBytesMax: 4 * mib,
  depthMax: 16,
});

/** The unreserved characters of RFC 3986: names that every client writes in the same way, and routers take literally. */
const namePattern = /^[A-Za-z0-9._~-]+$/;

/** What one call has read so far. */
interface Reading {
  readonly bounds: PageBounds;
  /** By their first path. */
  readonly pages: Map<string, Page>;
  folders: number;
  bytes: number;
}

/** One of the folders: as it was configured, and where it is once links are followed. */
interface Root {
  readonly named: string;
  readonly real: string;
}

/**
 * Reads all files of the folders and of those in them. Names that begin with a dot are left out; of two files with the
 * same path the one of the first folder is taken. Links are followed to what lies in the same folder. Blocks meanwhile.
 * @param folders absolute, or relative to the working directory
 * @throws PagesError for a folder that is none, a file over a bound, a name that would have to be encoded in an
 *   address, a link that leads out of its folder, and what cannot be read
 */
export function readPages(folders: readonly string[], bounds: PageBounds = pageBounds): readonly Page[] {
  const reading: Reading = { bounds, pages: new Map(), folders: 0, bytes: 0 };
  for (const folder of folders) readFolder(reading, rootAt(folder), '');
  return [...reading.pages.values()];
}

function rootAt(named: string): Root {
  const { isFolder, real } = readable(named, () => ({
    isFolder: statSync(named).isDirectory(),
    real: realpathSync(named),
  }));
  if (!isFolder) throw new PagesError(`expected a folder at ${named}, got a file`);
  return { named, real };
}

/** @param place where in the root, without a slash at either end */
function readFolder(reading: Reading, root: Root, place: string): void {
  const { foldersMax, depthMax } = reading.bounds;
  reading.folders += 1;
  if (reading.folders > foldersMax) throw tooMuch(root, `at most ${foldersMax} folders in all, got more`);
  const names = readable(join(root.named, place), () => readdirSync(join(root.real, place)));
  for (const name of names.sort()) {
    if (name.startsWith('.')) continue;
    const inside = place === '' ? name : `${place}/${name}`;
    if (!namePattern.test(name)) throw misnamed(root, inside);
    if (inside.split('/').length > depthMax) throw tooMuch(root, `paths of at most ${depthMax} parts, got ${inside}`);
    readEntry(reading, root, inside);
  }
}

function readEntry(reading: Reading, root: Root, inside: string): void {
  const named = join(root.named, inside);
  const real = readable(named, () => realpathSync(join(root.real, inside)));
  if (isOutside(root.real, real)) {
    throw new PagesError(`expected links that stay in their folder, got ${named} to ${real}`);
  }
  const stats = readable(named, () => statSync(real));
  if (stats.isDirectory()) readFolder(reading, root, inside);
  else if (stats.isFile()) readFile(reading, root, { inside, real, size: stats.size });
  else throw new PagesError(`expected files and folders only, got ${named}`);
}

/** What a link hides behind a dot is not meant for browsers either. */
function isOutside(root: string, real: string): boolean {
  const way = relative(root, real);
  return isAbsolute(way) || way.split(sep).some((part) => part.startsWith('.'));
}

function readFile(
  reading: Reading,
  root: Root,
  { inside, real, size }: { readonly inside: string; readonly real: string; readonly size: number },
): void {
  const { bounds, pages } = reading;
  const path = `/${inside}`;
  if (pages.has(path)) return;
  const named = join(root.named, inside);
  if (pages.size === bounds.filesMax) throw tooMuch(root, `at most ${bounds.filesMax} files in all, got more`);
  if (size > bounds.fileBytesMax) {
    throw new PagesError(`expected files of at most ${bounds.fileBytesMax} bytes, got ${size} in ${named}`);
  }
  if (reading.bytes + size > bounds.bytesMax) throw tooMuch(root, `at most ${bounds.bytesMax} bytes in all, got more`);
  const bytes = readable(named, () => readFileSync(real));
  reading.bytes += bytes.length;
  const isIndex = path.endsWith('/index.html');
  pages.set(path, { paths: isIndex ? [path, path.slice(0, -'index.html'.length)] : [path], bytes });
}

function tooMuch({ named }: Root, what: string): PagesError {
  return new PagesError(`expected ${what}, in the folder ${named}`);
}

function misnamed({ named }: Root, inside: string): PagesError {
  const got = JSON.stringify(inside);
  return new PagesError(`expected file names of A-Z a-z 0-9 . _ ~ -, got ${got} in the folder ${named}`);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'nothing',
  EACCES: 'no permission to read it',
  ELOOP: 'a link to itself',
  ENOTDIR: 'a file where a folder should be',
};

/** @throws PagesError instead of what the system says */
function readable<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    throw new PagesError(`expected to read ${path}, got ${Object.hasOwn(reasons, code) ? reasons[code] : code}`);
  }
}
