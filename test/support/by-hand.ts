/** A flow with one handler, under the type `work`, whose calls end by hand. */
import { defineHandler } from '../../src/handlers/define-handler.js';
import type { EventRecord } from '../../src/model/event-record.js';
import type { TestOrigin } from './records.js';
import { TestFlow, type TestFlowOptions, Works } from './test-flow.js';

export interface ByHand {
  readonly works: Works;
  readonly flow: TestFlow;
  /** Sends an event with a name for its data. */
  send(name: unknown, fields?: Record<string, unknown>, origin?: TestOrigin): EventRecord;
}

/** @param options of the handler, beside its type and function */
export function byHand(options: Record<string, unknown> = {}, flowOptions: TestFlowOptions = {}): ByHand {
  const works = new Works();
  const flow = new TestFlow([defineHandler({ type: 'work', handle: works.handle, ...options })], flowOptions);
  const send: ByHand['send'] = (name, fields = {}, origin) =>
    flow.send({ type: 'work', data: name, ...fields }, origin);
  return { works, flow, send };
}
