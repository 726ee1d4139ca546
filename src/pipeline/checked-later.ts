/** The answer of a schema that takes its time: awaited when the event has its slot, before its handler is called. */
import type { EventRecord } from '../model/event-record.js';
import { type InputResult, invalidData } from '../model/route.js';
import type { Failure } from '../protocol/error-codes.js';

/** Puts the checked data into the event. Never rejects. @returns why it is refused, or undefined */
export async function checkedLater(record: EventRecord, check: Promise<InputResult>): Promise<Failure | undefined> {
  record.pendingCheck = undefined;
  try {
    const checked = await check;
    if (checked.issues !== undefined) return invalidData(checked.issues);
    record.replaceData(checked.value);
    return undefined;
  } catch {
    return invalidData([{ message: 'the route’s schema could not be applied', path: '' }]);
  }
}
