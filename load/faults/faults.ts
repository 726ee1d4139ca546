/** What the fault proxy does to connections, as plain data, and the check that turns it into what its parts use. */

/** From the client to the server, or back. */
export type Direction = 'toServer' | 'toClient';

/** Both directions, in the order in which their draws are numbered. */
export const directions = ['toServer', 'toClient'] as const satisfies readonly Direction[];

/**
 * What is done to the bytes of one direction. Every count of bytes is one of bytes passed on, from the start of the
 * connection, unless said otherwise: the receiver has exactly so many when the fault comes, as long as it reads. When
 * more have passed already as the faults are set, it comes at once.
 */
export interface DirectionFaults {
  /** Every byte waits this long. @default 0 */
  readonly latencyMs?: number;
  /** Up to this much on top, uniform, drawn for every read from its offset. Bytes never overtake. @default 0 */
  readonly jitterMs?: number;
  /** A token bucket, which holds what 20 ms let through. @default no limit */
  readonly bandwidthBytesPerSecond?: number;
  /** Bytes are written in pieces that end at each multiple of this, small amounts one piece in a turn. */
  readonly sliceBytes?: number;
  /** So many bytes of a connection are cut into pieces; the rest passes whole, so that it ends. @default 1048576 */
  readonly slicedBytesMax?: number;
  /** Both sides get a RST. */
  readonly resetAfterBytes?: number;
  /** The receiver gets a FIN, what the sender sends is dropped, and the other direction goes on. */
  readonly halfCloseAfterBytes?: number;
  /** Nothing comes through any more, not even the end. 0, set later, means from now on. */
  readonly blackHoleAfterBytes?: number;
  /** The same after a time, counted from when the faults were set, or from the connection's opening. */
  readonly blackHoleAfterMs?: number;
  /**
   * `discard`: bytes are read, acknowledged and lost, for the rest of the connection. `stall`: the sender is not read,
   * and other faults, set later, let the bytes go on. @default 'discard'
   */
  readonly blackHoleMode?: 'discard' | 'stall';
  /** Both sides get a RST after about so many bytes, counted in every connection from when the faults were set. */
  readonly cutEveryBytes?: number;
  /** How far a cut may be from `cutEveryBytes`, as a share of it, drawn for every connection. @default 0.5 */
  readonly cutSpread?: number;
}

/** Fields at the top count for both directions; those in `toServer` and `toClient` go before them, one by one. */
export interface Faults extends DirectionFaults {
  readonly toServer?: DirectionFaults;
  readonly toClient?: DirectionFaults;
  /** So many of the next connections get a RST as soon as they are accepted. */
  readonly refuseConnections?: number;
  /** Every connection gets one for so long, counted from when the faults were set. */
  readonly refuseMs?: number;
}

/** `DirectionFaults` with every field checked and every default in place. */
export interface ResolvedDirectionFaults extends DirectionFaults {
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly slicedBytesMax: number;
  readonly blackHoleMode: 'discard' | 'stall';
  readonly cutSpread: number;
}

/** `Faults` after the check. */
export interface ResolvedFaults {
  readonly toServer: ResolvedDirectionFaults;
  readonly toClient: ResolvedDirectionFaults;
  readonly refuseConnections: number;
  readonly refuseMs: number;
}

const defaults = Object.freeze({
  latencyMs: 0,
  jitterMs: 0,
  slicedBytesMax: 2 ** 20,
  blackHoleMode: 'discard',
  cutSpread: 0.5,
} as const);

interface Bounds {
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
}

const milliseconds: Bounds = { least: 0, most: 3_600_000, isWhole: false };
const count: Bounds = { least: 0, most: Number.MAX_SAFE_INTEGER, isWhole: true };
const positive: Bounds = { ...count, least: 1 };

const directionBounds: Readonly<Record<Exclude<keyof DirectionFaults, 'blackHoleMode'>, Bounds>> = {
  latencyMs: milliseconds,
  jitterMs: milliseconds,
  bandwidthBytesPerSecond: positive,
  sliceBytes: positive,
  slicedBytesMax: count,
  resetAfterBytes: count,
  halfCloseAfterBytes: count,
  blackHoleAfterBytes: count,
  blackHoleAfterMs: milliseconds,
  cutEveryBytes: positive,
  cutSpread: { least: 0, most: 1, isWhole: false },
};

const proxyBounds: Readonly<Record<'refuseConnections' | 'refuseMs', Bounds>> = {
  refuseConnections: count,
  refuseMs: milliseconds,
};

/** Checks and merges. @throws RangeError that names the field: *expected X, got Y* */
export function resolveFaults(faults: Faults): ResolvedFaults {
  const { toServer = {}, toClient = {}, refuseConnections = 0, refuseMs = 0, ...both } = faults;
  checkNumber('refuseConnections', refuseConnections, proxyBounds.refuseConnections);
  checkNumber('refuseMs', refuseMs, proxyBounds.refuseMs);
  checkDirection('', both);
  checkDirection('toServer.', toServer);
  checkDirection('toClient.', toClient);
  return {
    toServer: { ...defaults, ...given(both), ...given(toServer) },
    toClient: { ...defaults, ...given(both), ...given(toClient) },
    refuseConnections,
    refuseMs,
  };
}

/** A field of the caller that is there but undefined leaves the default in place. */
function given(faults: DirectionFaults): DirectionFaults {
  return Object.fromEntries(Object.entries(faults).filter(([, value]) => value !== undefined));
}

function checkDirection(where: string, faults: DirectionFaults): void {
  for (const [name, value] of Object.entries(faults)) {
    if (value === undefined) continue;
    if (name === 'blackHoleMode') {
      if (value === 'discard' || value === 'stall') continue;
      throw new RangeError(`expected ${where}blackHoleMode to be discard or stall, got ${JSON.stringify(value)}`);
    }
    if (!Object.hasOwn(directionBounds, name)) {
      const known = [...Object.keys(directionBounds), 'blackHoleMode'].join(', ');
      throw new RangeError(`expected a fault (${known}), got ${JSON.stringify(where + name)}`);
    }
    checkNumber(where + name, value, directionBounds[name as keyof typeof directionBounds]);
  }
}

function checkNumber(name: string, value: unknown, { least, most, isWhole }: Bounds): void {
  const isRight = isWhole ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (isRight && (value as number) >= least && (value as number) <= most) return;
  const kind = isWhole ? 'a whole number' : 'a number';
  throw new RangeError(
    `expected ${name} to be ${kind} from ${least} to ${most}, got ${typeof value === 'number' ? value : JSON.stringify(value)}`,
  );
}
