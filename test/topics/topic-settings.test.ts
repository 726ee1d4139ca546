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
