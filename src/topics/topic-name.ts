/** What may be published to: a topic, and none of the gateway's own. */
import { limits } from '../protocol/limits.js';
import { isReserved, isTopic } from '../protocol/topics.js';

const expected = `expected topic to be 1 to ${limits.topicBytesMax} characters: tokens of A-Z a-z 0-9 _ - with dots between`;

/** Why a topic cannot be published to from outside; undefined when it can. */
export function unpublishable(topic: string): string | undefined {
  if (typeof topic !== 'string') return `${expected}, got ${typeof topic}`;
  if (!isTopic(topic)) return `${expected}, got ${JSON.stringify(topic.slice(0, 40))}`;
  return isReserved(topic) ? 'expected topic not to begin with _, which the gateway keeps for itself' : undefined;
}
