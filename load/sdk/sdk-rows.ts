/** The measurements put together: a row for each client and load, ratios taken inside each repetition. */
import { type Check, checksOf } from '../report/check.js';
import { type Summary, summarize } from '../report/statistics.js';
import { type ClientName, clientNames, type SdkResult } from './sdk-order.js';

/** One measurement in one repetition: figures, or why there are none. */
export interface SdkRun {
  readonly client: ClientName;
  readonly inFlight: number;
  /** Counted from 1. */
  readonly repetition: number;
  readonly result?: SdkResult;
  readonly failure?: string;
}

export interface SdkRow {
  readonly client: ClientName;
  readonly inFlight: number;
  /** CPU time of the client for each request. */
  readonly clientUs: Summary | undefined;
  /** As a multiple of what `ws` took in the same repetition. */
  readonly ratio: Summary | undefined;
  /** The same of the server. */
  readonly serverUs: Summary | undefined;
  readonly requestsPerS: Summary | undefined;
  readonly foreignShare: number;
  /** Why the row has no figures. */
  readonly invalid?: string;
}

/** A request may cost the client so many times what it costs with `ws` alone. */
const ratioMax = 2;
const base: ClientName = 'ws';

/** In the order in which they were measured. */
export function sdkRows(runs: readonly SdkRun[]): SdkRow[] {
  const loads = [...new Set(runs.map(({ inFlight }) => inFlight))];
  return loads.flatMap((inFlight) => clientNames.map((client) => rowOf(runs, client, inFlight)));
}

/** The goal, at each load. */
export function sdkChecks(runs: readonly SdkRun[]): Check[] {
  const loads = [...new Set(runs.map(({ inFlight }) => inFlight))];
  const figures = (run: SdkRun) => ({
    goal: 'client',
    what: `${run.client}, ${run.inFlight} in flight: CPU of the client for each request, of ${base}`,
    value: ratioOf(run, runs),
    unit: '×' as const,
    bound: { max: ratioMax },
  });
  return loads.flatMap((inFlight) => {
    const own = runs.filter((run) => run.client === 'sluice' && run.inFlight === inFlight);
    return checksOf(own.map((run) => [figures(run)]));
  });
}

function rowOf(runs: readonly SdkRun[], client: ClientName, inFlight: number): SdkRow {
  const own = runs.filter((run) => run.client === client && run.inFlight === inFlight);
  const invalid = own.find(({ failure }) => failure !== undefined)?.failure;
  const results = invalid === undefined ? own.flatMap(({ result }) => result ?? []) : [];
  return {
    client,
    inFlight,
    clientUs: summarize(results.map(clientUs)),
    ratio: client === base ? undefined : summarize(own.flatMap((run) => ratioOf(run, runs) ?? [])),
    serverUs: summarize(results.map(({ serverCpuNs, requests }) => serverCpuNs / requests / 1000)),
    requestsPerS: summarize(results.map(({ requests, elapsedNs }) => (requests / elapsedNs) * 1e9)),
    foreignShare: Math.max(0, ...results.map(({ foreignShare }) => foreignShare)),
    ...(invalid === undefined ? {} : { invalid }),
  };
}

/** Undefined where either of the two has no figures. */
function ratioOf({ inFlight, repetition, result }: SdkRun, runs: readonly SdkRun[]): number | undefined {
  const other = runs.find(
    (run) => run.client === base && run.inFlight === inFlight && run.repetition === repetition,
  )?.result;
  return result === undefined || other === undefined ? undefined : clientUs(result) / clientUs(other);
}

function clientUs({ clientCpuNs, requests }: SdkResult): number {
  return clientCpuNs / requests / 1000;
}
