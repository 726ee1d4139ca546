/**
 * List scheduling: jobs start in their given order, each on the slot that is free first. This is what a queue with `c`
 * slots does, exactly, for known service times. Source: R. L. Graham, "Bounds for Certain Multiprocessing Anomalies",
 * Bell System Technical Journal 45 (1966); with arrivals it is the recursion of J. Kiefer and J. Wolfowitz, "On the
 * Theory of Queues with Many Servers", Transactions of the AMS 78 (1955).
 */
import { checkBetween, checkWhole } from './number-checks.js';

export interface ScheduledJob {
  readonly arrival: number;
  readonly start: number;
  readonly finish: number;
  /** From arrival to start. */
  readonly wait: number;
  /** From arrival to finish. */
  readonly response: number;
}

export interface Schedule {
  /** In the order of the jobs, which is the order of arrival. */
  readonly jobs: readonly ScheduledJob[];
  readonly responseMax: number;
  readonly responseMean: number;
  /** Jobs per unit of time, from 0 to the last finish. */
  readonly throughput: number;
}

const slotsMax = 100_000;

/**
 * Times are in any one unit. @param arrivals one per job and never falling; all 0 when left out.
 * @throws RangeError on no job, a time below 0 or arrivals out of order. O(jobs × slots).
 */
export function listSchedule(services: readonly number[], slots: number, arrivals?: readonly number[]): Schedule {
  checkWhole('slots', slots, 1, slotsMax);
  if (services.length === 0) throw new RangeError('expected at least one job, got none');
  if (arrivals !== undefined && arrivals.length !== services.length) {
    throw new RangeError(`expected an arrival for each of ${services.length} jobs, got ${arrivals.length}`);
  }
  const freeAt = new Array<number>(Math.min(slots, services.length)).fill(0);
  const jobs: ScheduledJob[] = [];
  let before = 0;
  for (const [at, service] of services.entries()) {
    const arrival = arrivals?.[at] ?? 0;
    checkBetween(`services[${at}]`, service, 0, Number.MAX_SAFE_INTEGER);
    checkBetween(`arrivals[${at}]`, arrival, before, Number.MAX_SAFE_INTEGER);
    before = arrival;
    const slot = firstFree(freeAt);
    const start = Math.max(arrival, freeAt[slot] ?? 0);
    const finish = start + service;
    freeAt[slot] = finish;
    jobs.push({ arrival, start, finish, wait: start - arrival, response: finish - arrival });
  }
  return summaryOf(jobs);
}

function firstFree(freeAt: readonly number[]): number {
  let first = 0;
  for (let slot = 1; slot < freeAt.length; slot++) {
    if ((freeAt[slot] ?? 0) < (freeAt[first] ?? 0)) first = slot;
  }
  return first;
}

function summaryOf(jobs: readonly ScheduledJob[]): Schedule {
  let responseMax = 0;
  let responseSum = 0;
  let lastFinish = 0;
  for (const { response, finish } of jobs) {
    responseMax = Math.max(responseMax, response);
    responseSum += response;
    lastFinish = Math.max(lastFinish, finish);
  }
  if (lastFinish === 0) throw new RangeError('expected jobs that take time, got none that does');
  return { jobs, responseMax, responseMean: responseSum / jobs.length, throughput: jobs.length / lastFinish };
}
