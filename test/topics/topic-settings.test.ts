import { expect, it } from 'vitest';
import { topicSettings } from '../../src/topics/topic-settings.js';

it('takes each key of a topic from the most specific pattern that says it', () => {
  const settingsOf = topicSettings({
    messages: 1000,
    bytes: 2000,
    ageMs: 3000,
    presence: 'none',
    of: {
      'room.lobby': { messages: 5 },
      '>': { ageMs: 1 },
      'room.>': { messages: 10, presence: 'members' },
    },
  });
  expect(settingsOf('other')).toEqual({ messages: 1000, bytes: 2000, ageMs: 1, presence: 'none' });
  expect(settingsOf('room.a.b')).toEqual({ messages: 10, bytes: 2000, ageMs: 1, presence: 'members' });
  expect(settingsOf('room.lobby')).toEqual({ messages: 5, bytes: 2000, ageMs: 1, presence: 'members' });
});

it('takes no pattern with a wildcard in front for the topics of the gateway, of which few messages are held', () => {
  const settingsOf = topicSettings({
    messages: 1000,
    bytes: 2000,
    ageMs: 3000,
    presence: 'none',
    of: { '>': { ageMs: 1 }, '*.a': { bytes: 1 }, '_presence.b': { messages: 3, ageMs: 2 } },
  });
  expect(settingsOf('_presence.a')).toEqual({ messages: 16, bytes: 2000, ageMs: 3000, presence: 'none' });
  expect(settingsOf('_presence.b')).toEqual({ messages: 3, bytes: 2000, ageMs: 2, presence: 'none' });
});
