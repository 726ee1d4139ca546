/**
 * Faults as one word of a command line: `latency=20ms,jitter=5ms,up:slice=1,down:reset=5000`. `up:` is to the server,
 * `down:` to the client, without either it is both. Sizes are `4096`, `64KB` (1000 bytes), `64KiB` (1024), or with MB
 * and MiB; times are `20ms` or `1.5s`; bandwidth is `1MB/s`.
 */
import { type DirectionFaults, type Faults, resolveFaults } from './faults.js';

type Written = { -readonly [Name in keyof Faults]: Faults[Name] };
type WrittenDirection = { -readonly [Name in keyof DirectionFaults]: DirectionFaults[Name] };
/** Reads a value, and says what it sets. `name` is for the message. */
type Reader = (name: string, value: string) => WrittenDirection;

const readers: Readonly<Record<string, Reader>> = {
  latency: (name, value) => ({ latencyMs: duration(name, value) }),
  jitter: (name, value) => ({ jitterMs: duration(name, value) }),
  bandwidth: (name, value) => ({ bandwidthBytesPerSecond: bandwidth(name, value) }),
  slice: (name, value) => ({ sliceBytes: size(name, value) }),
  slicemax: (name, value) => ({ slicedBytesMax: size(name, value) }),
  reset: (name, value) => ({ resetAfterBytes: size(name, value) }),
  halfclose: (name, value) => ({ halfCloseAfterBytes: size(name, value) }),
  blackhole: (name, value) => ({ ...hole(name, value), blackHoleMode: 'discard' }),
  stall: (name, value) => ({ ...hole(name, value), blackHoleMode: 'stall' }),
  cut: (name, value) => ({ cutEveryBytes: size(name, value) }),
  spread: (name, value) => ({ cutSpread: share(name, value) }),
};

const names = [...Object.keys(readers), 'refuse'];
const prefixes: Readonly<Record<string, 'toServer' | 'toClient'>> = { up: 'toServer', down: 'toClient' };
const sizeUnits: Readonly<Record<string, number>> = { '': 1, B: 1, KB: 1e3, MB: 1e6, KiB: 2 ** 10, MiB: 2 ** 20 };
const timeUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000 };

/**
 * The data form; an empty text is no faults. `blackhole` and `stall` take bytes or a time, `refuse` a number of
 * connections or a time, and no prefix.
 * @throws RangeError *expected X, got Y*, for what is unknown, malformed, out of bounds or said twice
 */
export function parseFaults(text: string): Faults {
  const faults: Written = {};
  const seen = new Set<string>();
  for (const item of text.trim() === '' ? [] : text.split(',')) {
    const [, prefix, name = '', value = ''] = /^(?:([^:=]*):)?([^:=]*)=(.*)$/.exec(item.trim()) ?? [];
    if (name === '') throw new RangeError(`expected name=value, as in latency=20ms, got ${shown(item)}`);
    // A black hole is either: two of them in one direction would be one that the other overwrites.
    const once = `${prefix ?? ''}:${name === 'stall' ? 'blackhole' : name}`;
    if (seen.has(once)) throw new RangeError(`expected ${name} once in a direction, got ${shown(item)} again`);
    seen.add(once);
    read(faults, prefix, name, value);
  }
  resolveFaults(faults);
  return faults;
}

function read(faults: Written, prefix: string | undefined, name: string, value: string): void {
  if (name === 'refuse' && prefix === undefined) {
    if (isDuration(value)) faults.refuseMs = duration(name, value);
    else faults.refuseConnections = whole(name, value);
    return;
  }
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (reader === undefined) {
    if (name === 'refuse') throw new RangeError(`expected refuse without a prefix, got ${shown(`${prefix}:refuse`)}`);
    throw new RangeError(`expected a fault (${names.join(', ')}), got ${shown(name)}`);
  }
  const set = reader(name, value);
  if (prefix === undefined) Object.assign(faults, set);
  else {
    const direction = Object.hasOwn(prefixes, prefix) ? prefixes[prefix] : undefined;
    if (direction === undefined) throw new RangeError(`expected the prefix to be up or down, got ${shown(prefix)}`);
    faults[direction] = { ...faults[direction], ...set };
  }
}

function hole(name: string, value: string): WrittenDirection {
  return isDuration(value)
    ? { blackHoleAfterMs: duration(name, value) }
    : { blackHoleAfterBytes: size(name, value, ' or a time such as 500ms') };
}

const isDuration = (value: string): boolean => /\d(?:ms|s)$/.test(value);

function duration(name: string, value: string): number {
  return measure(value, timeUnits) ?? refuse(`${name} to be a time such as 20ms or 1.5s`, value);
}

function size(name: string, value: string, alternative = ''): number {
  const bytes = measure(value, sizeUnits);
  if (bytes !== undefined && Number.isInteger(bytes)) return bytes;
  return refuse(`${name} to be a size such as 4096 or 64KB${alternative}`, value);
}

function bandwidth(name: string, value: string): number {
  const bytes = value.endsWith('/s') ? measure(value.slice(0, -2), sizeUnits) : undefined;
  if (bytes !== undefined && Number.isInteger(bytes)) return bytes;
  return refuse(`${name} to be a rate such as 500KB/s or 1MB/s`, value);
}

function whole(name: string, value: string): number {
  return /^\d+$/.test(value) ? Number(value) : refuse(`${name} to be a number of connections or a time`, value);
}

function share(name: string, value: string): number {
  return /^(?:0|1|0?\.\d+)$/.test(value) ? Number(value) : refuse(`${name} to be a share from 0 to 1`, value);
}

/** A number with one of the units. Rounded where a factor made it inexact, as in 1.1KB. */
function measure(value: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(value) ?? [];
  if (digits === undefined || !Object.hasOwn(units, unit)) return undefined;
  const product = Number(digits) * (units[unit] as number);
  return Number(product.toPrecision(15));
}

function refuse(expected: string, value: string): never {
  throw new RangeError(`expected ${expected}, got ${shown(value)}`);
}

function shown(value: string): string {
  return JSON.stringify(value);
}
