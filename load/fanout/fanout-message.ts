/** What is published: topics have names of one length, and data is 128 bytes of JSON that say which message it is. */

/** Topics are told apart by so many digits. */
const topicDigits = 5;
/** Most topics there can be. */
export const topicsMax = 10 ** topicDigits;

/** All sequence numbers have as many digits, so that all data is of one length. */
const sequenceMin = 10_000_000;
const dataBytes = 128;
const data = { seq: sequenceMin, sku: 'blue-widget-17-large', qty: 2, price: 19.99, gift: false, note: '' };
const note = 'n'.repeat(dataBytes - JSON.stringify(data).length);

/** @param topic its place among the topics */
export function topicName(topic: number): string {
  return `bench.${String(topic).padStart(topicDigits, '0')}`;
}

/** The data of one message. @param index counted from 0 over all topics */
export function messageData(index: number): Record<string, unknown> {
  return { ...data, seq: sequenceMin + index, note };
}

/** Which message a topic has at an offset, when messages go round the topics and each topic was new. */
export function messageIndex(topic: number, offset: number, topics: number): number {
  return (offset - 1) * topics + topic;
}
