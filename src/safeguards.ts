/**
 * What protects the gateway and the handlers from too much: rates, stages of pressure, circuits, and the watch over
 * the event loop. Part of the composition root: each of them is decided in its room, here they are asked in order.
 */
import type { AdmissionGuard } from './admission/admission.js';
import { ConnectionLimits } from './admission/connection-limits.js';
import { Pressure, stageNames } from './admission/pressure.js';
import { RateLimits } from './admission/rate-limits.js';
import type { Config } from './config/schema.js';
import type { Clock } from './model/clock.js';
import type { EventRecord, Origin } from './model/event-record.js';
import type { LoopTurn } from './model/loop-turn.js';
import type { Route } from './model/route.js';
import { CircuitBreaker } from './pipeline/circuit-breaker.js';
import type { Health } from './pipeline/ports.js';
import { type CloseCode, closeCodes } from './protocol/close-codes.js';
import { type Failure, failure } from './protocol/error-codes.js';
import type { EventFields } from './protocol/frames.js';
import { levelOf } from './protocol/priorities.js';
import type { GatewayLog } from './telemetry/log.js';
import { LoopWatch } from './telemetry/loop-watch.js';
import { ProcessReadings } from './telemetry/process-readings.js';

export interface SafeguardsParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly turn: LoopTurn;
  readonly log: GatewayLog;
  readonly routes: readonly Route[];
  /**
   * Part of the budget's bytes in use, 0 to 1. Replies that wait are not in it: where they are too many their clients are
   * closed, and nobody else is to suffer for those who do not read.
   */
  readonly bytesShare: () => number;
}

/** Why a session cannot be opened. */
export interface SessionRefusal {
  readonly code: CloseCode;
  readonly reason: string;
}

/** From which stage on what is refused; see {@link Pressure}. */
const stages = { growth: 1, low: 2, streams: 3, allButCritical: 4, connections: 5 } as const;

const critical = levelOf.critical;
const low = levelOf.low;

export class Safeguards implements AdmissionGuard {
  readonly #parts: SafeguardsParts;
  readonly #rates: RateLimits;
  readonly #connections: ConnectionLimits;
  readonly #pressure: Pressure;
  readonly #readings: ProcessReadings;
  /** Once it was started. */
  #watch: LoopWatch | undefined = undefined;
  /** By the index of the route; undefined for those without. */
  readonly #circuits: readonly (CircuitBreaker | undefined)[];
  /** By the index of the route: it has answered with a stream. */
  readonly #streams: boolean[] = [];

  constructor(parts: SafeguardsParts) {
    const { config, clock, routes } = parts;
    const { pressure, limits, breaker } = config;
    this.#parts = parts;
    this.#rates = new RateLimits(limits);
    this.#connections = new ConnectionLimits(limits);
    this.#pressure = new Pressure(pressure);
    this.#readings = new ProcessReadings({ clock, everyMs: pressure.everyMs });
    this.#circuits = routes.map((route) =>
      breaker.enabled && route.hasBreaker
        ? new CircuitBreaker({ ...breaker, onChange: (state) => this.#circuitChanged(route, state) })
        : undefined,
    );
  }

  /** Begins to look at the process, now and then. */
  start(): void {
    const { config, turn, log } = this.#parts;
    this.#watch = new LoopWatch({
      turn,
      blockedMs: config.pressure.blockedMs,
      onBlocked: ({ route, ms, leftOut }) => {
        const fields = { ms: Math.round(ms), ...(leftOut > 0 ? { leftOut } : {}) };
        if (route === undefined) log.warn(fields, 'the event loop was kept busy, and not by the call of a handler');
        else log.warn({ type: route, ...fields }, 'a handler kept the event loop busy');
      },
    });
    this.#watch.start();
    this.#readings.start((reading) => this.#look(reading));
  }

  /** 0 to 5; see {@link stageNames}. */
  get stage(): number {
    return this.#pressure.stage;
  }

  /** Route → 0 closed, 1 half open, 2 open. */
  get circuits(): Iterable<readonly [pattern: string, state: number]> {
    return this.#parts.routes.map(({ pattern, index }) => [pattern, circuitValues[this.#stateOf(index)]] as const);
  }

  refuse(fields: EventFields, origin: Origin, route: Route): Failure | undefined {
    return this.#refuseRate(origin) ?? this.#refuseStage(fields, route);
  }

  refuseCircuit(origin: Origin, route: Route): Failure | undefined {
    const circuit = this.#circuits[route.index];
    if (circuit === undefined || circuit.state === 'closed') return undefined;
    const afterMs = circuit.refusedForMs(origin.tenant, this.#parts.clock.turnMs());
    return afterMs === 0 ? undefined : circuitOpen(afterMs);
  }

  /** Asked once more before an event that waited starts. */
  refuseStart(record: EventRecord): Failure | undefined {
    const circuit = this.#circuits[record.route.index];
    if (circuit === undefined) return undefined;
    const nowMs = this.#parts.clock.turnMs();
    // Over HTTP asking for the tenant costs a microsecond.
    const tenant = circuit.state === 'closed' ? '' : record.origin.tenant;
    record.ticket = circuit.start(tenant, nowMs);
    return record.ticket === 0 ? circuitOpen(circuit.refusedForMs(tenant, nowMs)) : undefined;
  }

  /** Whether the credit of the session this event came from may grow, as far as the process is concerned. */
  mayGrow(record: EventRecord): boolean {
    const { stage } = this.#pressure;
    return stage < stages.growth || (stage < stages.low && record.level < low);
  }

  /** User code of the route has just run: a call, a step of its stream, or what it was waiting for. */
  ran(route: Route): void {
    this.#watch?.mark(route.pattern);
  }

  /** What an attempt shows first counts; it does nothing for one that has shown something, or was never begun. */
  attemptEnded(record: EventRecord, health: Health): void {
    const { ticket, origin } = record;
    if (ticket === 0) return;
    record.ticket = 0;
    const circuit = this.#circuits[record.route.index] as CircuitBreaker;
    const nowMs = this.#parts.clock.turnMs();
    if (health === 'well') {
      const isNeeded = origin.window !== undefined || circuit.hasFailures(nowMs);
      circuit.succeeded(ticket, isNeeded ? origin.tenant : undefined, nowMs);
    } else if (health === 'ill') circuit.failed(ticket, origin.tenant, nowMs);
    else circuit.abandoned(ticket);
  }

  streamOpened(route: Route): void {
    this.#streams[route.index] = true;
  }

  /** @returns why there can be no socket of this address, or undefined; then {@link socketClosed} when it is gone */
  refuseSession(address: string): SessionRefusal | undefined {
    if (this.stage >= stages.connections) return { code: closeCodes.atCapacity, reason: 'too much is going on' };
    const entered = this.#connections.enter(address, this.#parts.clock.turnMs());
    if (entered === undefined) return undefined;
    if (entered.reason === 'address') {
      return { code: closeCodes.atCapacity, reason: 'too many sessions of this address' };
    }
    return { code: closeCodes.rate, reason: `too many new sessions: try again in ${entered.afterMs} ms` };
  }

  /** A subscription counts as an event of its session, and is refused where streams are. */
  refuseSubscribe(origin: Origin): Failure | undefined {
    return this.#refuseRate(origin) ?? (this.stage >= stages.streams ? this.#underPressure(stages.streams) : undefined);
  }

  socketClosed(address: string): void {
    this.#connections.leave(address);
  }

  sessionEnded(session: string): void {
    this.#rates.forget(session);
  }

  close(): void {
    this.#readings.stop();
    this.#watch?.stop();
  }

  #refuseRate(origin: Origin): Failure | undefined {
    if (this.#rates.isOff) return undefined;
    const session = origin.window === undefined ? undefined : origin.id;
    const afterMs = this.#rates.take(session, origin.tenant, this.#parts.clock.turnMs());
    if (afterMs === 0) return undefined;
    return failure('resource_exhausted', 'more events in a second than are allowed', { reason: 'rate', afterMs });
  }

  #refuseStage(fields: EventFields, route: Route): Failure | undefined {
    const { stage } = this.#pressure;
    if (stage < stages.low) return undefined;
    const level = levelOf[fields.priority ?? route.priority];
    if (level === critical) return undefined;
    let refusedFrom: number | undefined;
    if (stage >= stages.allButCritical) refusedFrom = stages.allButCritical;
    else if (level === low) refusedFrom = stages.low;
    else if (stage >= stages.streams && this.#asksForStream(fields, route)) refusedFrom = stages.streams;
    return refusedFrom === undefined ? undefined : this.#underPressure(refusedFrom);
  }

  /** @param refusedFrom the stage from which on what came is refused */
  #underPressure(refusedFrom: number): Failure {
    const { stage, signal } = this.#pressure;
    const { fallMs, everyMs } = this.#parts.config.pressure;
    return failure('resource_exhausted', `under pressure: ${stageNames[stage]}`, {
      reason: signal === 'loop' ? 'rate' : 'memory',
      afterMs: (stage - refusedFrom + 1) * fallMs + everyMs,
    });
  }

  #asksForStream({ credit, overflow }: EventFields, route: Route): boolean {
    return credit != null || overflow != null || this.#streams[route.index] === true;
  }

  #look(reading: Parameters<Parameters<ProcessReadings['start']>[0]>[0]): void {
    const { log, bytesShare, clock, config } = this.#parts;
    this.#watch?.lag(reading.lagMs);
    if (!config.overload.control) return;
    const before = this.#pressure.stage;
    if (!this.#pressure.update({ ...reading, bytes: bytesShare() }, clock.nowMs())) return;
    const { stage, signal } = this.#pressure;
    log.warn({ stage, was: before, signal }, `pressure: ${stageNames[stage]}`);
  }

  #circuitChanged({ pattern }: Route, state: CircuitBreaker['state']): void {
    this.#parts.log.warn({ type: pattern, state }, 'the circuit of a handler has changed');
  }

  #stateOf(index: number): CircuitBreaker['state'] {
    return this.#circuits[index]?.state ?? 'closed';
  }
}

const circuitValues = { closed: 0, 'half-open': 1, open: 2 } as const;

function circuitOpen(afterMs: number): Failure {
  return failure('unavailable', 'the handler fails, and is left alone for a while', { afterMs });
}
