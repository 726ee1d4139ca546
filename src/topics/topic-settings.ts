/** What the configuration says about a topic: the most specific pattern that says something wins, key by key. */
import type { Retention } from '../model/topic-log.js';
import { bySpecificity, coversTopics, presencePrefix } from '../protocol/topics.js';

/** What holds for a topic. */
export interface TopicSettings extends Retention {
  /** What is told of its subscribers: nothing, how many there are, or also who. */
  readonly presence: 'none' | 'count' | 'members';
}

export interface TopicSettingsOptions extends TopicSettings {
  /** Topic or pattern → what holds for it instead. */
  readonly of: Readonly<Record<string, { readonly [Key in keyof TopicSettings]?: TopicSettings[Key] | undefined }>>;
}

/**
 * Messages a presence topic holds at most: the last of them say who is there, and names that subscribers make up should
 * not crowd out what was published.
 */
const presenceMessagesMax = 16;

/** @returns what looks a topic up: O(patterns), so it is asked once for each topic that comes to be */
export function topicSettings(options: TopicSettingsOptions): (topic: string) => TopicSettings {
  const { messages, bytes, ageMs, presence } = options;
  const fallback: TopicSettings = Object.freeze({ messages, bytes, ageMs, presence });
  const patterns = Object.keys(options.of).sort(bySpecificity);
  return (topic) => {
    let settings = fallback;
    for (const pattern of patterns) {
      if (!coversTopics(pattern, topic)) continue;
      const { [pattern]: said = {} } = options.of;
      settings = {
        messages: said.messages ?? settings.messages,
        bytes: said.bytes ?? settings.bytes,
        ageMs: said.ageMs ?? settings.ageMs,
        presence: said.presence ?? settings.presence,
      };
    }
    if (!topic.startsWith(presencePrefix)) return settings;
    return { ...settings, messages: Math.min(settings.messages, presenceMessagesMax) };
  };
}
