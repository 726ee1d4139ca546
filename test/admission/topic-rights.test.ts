import { describe, expect, it } from 'vitest';
import { TopicRights } from '../../src/admission/topic-rights.js';

describe('who may use a topic', () => {
  const rights = new TopicRights({ subscribe: ['news.>', 'room.*'], publish: ['chat.*'] });

  it.each(['news.a', 'news.a.b', 'room.1', 'news.*', 'room.*', '_presence.room.1'])('may subscribe to %s', (topic) => {
    expect(rights.refuseSubscribe(topic)).toBeUndefined();
  });

  it.each(['news', '>', 'room.>', 'room.1.x', 'chat.a', '_presence.chat.a', '_presence.>', '_other'])(
    'may not subscribe to %s',
    (topic) => {
      expect(rights.refuseSubscribe(topic)).toMatchObject({ code: 'permission_denied', started: 'no' });
    },
  );

  it('is not let by a wildcard to what the gateway keeps for itself', () => {
    const some = new TopicRights({ subscribe: ['*.*'], publish: [] });
    expect(some.refuseSubscribe('*.b')).toBeUndefined();
    expect(some.refuseSubscribe('_x.b')).toMatchObject({ code: 'permission_denied' });
    expect(some.refuseSubscribe('_presence.b')).toMatchObject({ code: 'permission_denied' });
    expect(some.refuseSubscribe('_presence.a.b')).toBeUndefined();
  });

  it('may publish where that is allowed, and nowhere else', () => {
    expect(rights.refusePublish('chat.a')).toBeUndefined();
    expect(rights.refusePublish('news.a')).toMatchObject({ code: 'permission_denied', started: 'no' });
  });
});
