/** The measurements of a fan-out, put together: a row for each server and load, ratios taken inside each repetition. */
import { type Check, checksOf, type GoalFigure } from '../report/check.js';
import { type Summary, summarize } from '../report/statistics.js';
import { type FanoutServerName, floor } from './fanout-options.js';
import type { FanoutResult } from './fanout-order.js';
import type { FanoutRun } from './measure-fanout.js';

export interface FanoutRow {
  readonly server: FanoutServerName;
  readonly inFlight: number;
  readonly deliveriesPerS: Summary | undefined;
  /** Of the server, for each delivery. */
  readonly cpuNs: Summary | undefined;
  /** Deliveries in a second, as a multiple of the floor's. */
  readonly rateRatio: Summary | undefined;
  /** Deliveries for the same CPU time of the server, as a multiple of the floor's. */
  readonly cpuRatio: Summary | undefined;
  /** Medians, as shares of a core. */
  readonly serverBusy: number | undefined;
  readonly clientBusy: number | undefined;
  readonly foreignBusy: number | undefined;
  /** The client was at its limit: the server could deliver more than it did. */
  readonly isClientBound: boolean;
  /** Why the row has no figures. */
  readonly invalid?: string;
}

/** The client process ran so much of the time that it, and not the server, set the pace. */
const clientBusyMax = 0.95;
/** Where other processes used more than that of a core, deliveries in a second say more about them. */
const foreignBusyMax = 0.2;

/** Deliveries, as a multiple of the floor's: what P5 asks for, where there are a thousand subscribers. */
const goals: readonly { readonly server: FanoutServerName; readonly inFlight: number; readonly min: number }[] = [
  { server: 'sluice', inFlight: 8, min: 0.85 },
  { server: 'sluice, arrays', inFlight: 8, min: 1 },
  { server: 'sluice', inFlight: 64, min: 5 },
  { server: 'sluice, arrays', inFlight: 64, min: 10 },
];

/** Why a run may not be used. */
export function faultOf({ failure, result }: FanoutRun): string | undefined {
  if (failure !== undefined) return failure;
  if (result === undefined) return 'not measured';
  const faults = Object.entries(result.faults).filter(([, count]) => count !== 0);
  if (faults.length > 0 || result.firstFault !== undefined) {
    return `${faults.map(([kind, count]) => `${count} ${kind}`).join(', ')}: ${result.firstFault ?? ''}`;
  }
  return result.deliveries === 0 ? 'nothing was delivered' : undefined;
}

/** A row for each server at each load, in the order in which they were measured. */
export function fanoutRows(runs: readonly FanoutRun[]): FanoutRow[] {
  const loads = [...new Set(runs.map(({ inFlight }) => inFlight))];
  const first = runs.filter(({ repetition }) => repetition === 1);
  return loads.flatMap((inFlight) =>
    first.filter((run) => run.inFlight === inFlight).map(({ server }) => rowOf(runs, server, inFlight)),
  );
}

/**
 * The goals that were measured: held to deliveries in a second, or to CPU time where a client was at its limit or other
 * processes took part.
 */
export function fanoutChecks(runs: readonly FanoutRun[], subscribers: number): Check[] {
  if (subscribers !== 1000) return [];
  return goals.flatMap(({ server, inFlight, min }) => {
    const own = runs.filter((run) => run.server === server && run.inFlight === inFlight);
    if (own.length === 0) return [];
    const both = [server, floor].map((each) => rowOf(runs, each, inFlight));
    const isBound = both.some((row) => row.isClientBound || (row.foreignBusy ?? 0) > foreignBusyMax);
    const repetitions = own.map((run): GoalFigure[] => [
      {
        goal: 'P5',
        what: `${server}, ${inFlight} in flight: ${isBound ? 'for the same CPU' : 'deliveries/s'}, of ${floor}`,
        value: ratio(run, runs, isBound ? perCpu : perS),
        unit: '×',
        bound: { min },
      },
    ]);
    return checksOf(repetitions);
  });
}

function rowOf(runs: readonly FanoutRun[], server: FanoutServerName, inFlight: number): FanoutRow {
  const own = runs.filter((run) => run.server === server && run.inFlight === inFlight);
  const invalid = own.map(faultOf).find((fault) => fault !== undefined);
  const results = invalid === undefined ? own.flatMap(({ result }) => result ?? []) : [];
  const ratios = (figure: typeof perS): Summary | undefined =>
    server === floor ? undefined : summarize(own.flatMap((run) => ratio(run, runs, figure) ?? []));
  const busy = (part: (result: FanoutResult) => number): number | undefined => summarize(results.map(part))?.median;
  const clientBusy = busy((result) => result.clientCpuNs / result.elapsedNs);
  return {
    server,
    inFlight,
    deliveriesPerS: summarize(results.map(perS)),
    cpuNs: summarize(results.map((result) => result.serverCpuNs / result.deliveries)),
    rateRatio: ratios(perS),
    cpuRatio: ratios(perCpu),
    serverBusy: busy((result) => result.serverCpuNs / result.elapsedNs),
    clientBusy,
    foreignBusy: busy(({ foreignShare }) => foreignShare),
    isClientBound: (clientBusy ?? 0) >= clientBusyMax,
    ...(invalid === undefined ? {} : { invalid }),
  };
}

/** Undefined where either of the two may not be used. */
function ratio(run: FanoutRun, runs: readonly FanoutRun[], figure: typeof perS): number | undefined {
  const { inFlight, repetition } = run;
  const base = runs.find(
    (each) => each.server === floor && each.inFlight === inFlight && each.repetition === repetition,
  );
  if (base?.result === undefined || run.result === undefined) return undefined;
  if (faultOf(base) !== undefined || faultOf(run) !== undefined) return undefined;
  return figure(run.result) / figure(base.result);
}

function perS({ deliveries, elapsedNs }: FanoutResult): number {
  return (deliveries / elapsedNs) * 1e9;
}

function perCpu({ deliveries, serverCpuNs }: FanoutResult): number {
  return deliveries / serverCpuNs;
}
