/**
 * A server with as much of the gateway's protocol as a fan-out needs, and a fault to prove that the loop sees it. The
 * argument names the fault: `none`, `drop`, `duplicate`, `swap` or `credit` (it grants less than it is asked for); a
 * fault hits every tenth message to a subscriber.
 */
import { App, type WebSocket } from 'uWebSockets.js';
import { serve } from '../../../load/peers/uws-server.js';

interface Session {
  takesArrays: boolean;
  sent: number;
  held: string | undefined;
}

const fault = process.argv[2];
const every = 10;
const decoder = new TextDecoder();
const topics = new Map<string, { offset: number; subscribers: WebSocket<Session>[] }>();
const welcome = { op: 'welcome', session: 's_1', resumed: false, received: 0, resumeMs: 0 };
let events = 0;

const app = App();
app.ws<Session>('/v1/socket', {
  maxBackpressure: 0,
  upgrade(response, request, context) {
    const protocol = request.getHeader('sec-websocket-protocol');
    const key = request.getHeader('sec-websocket-key');
    const session: Session = { takesArrays: false, sent: 0, held: undefined };
    response.upgrade(session, key, protocol, request.getHeader('sec-websocket-extensions'), context);
  },
  message(socket, message) {
    const frame = JSON.parse(decoder.decode(message));
    if (frame.op === 'hello') {
      socket.getUserData().takesArrays = frame.batch === true;
      socket.send(JSON.stringify({ ...welcome, credit: 4 }), false);
    }
    if (frame.op === 'subscribe') {
      topicOf(frame.topic).subscribers.push(socket);
      socket.send(JSON.stringify({ op: 'subscribed', id: frame.id, epoch: 'e', offset: 0, recovered: false }), false);
    }
    if (frame.op === 'event' && frame.ack === true) {
      socket.send(JSON.stringify({ op: 'ack', id: frame.id, s: 1 }), false);
    } else if (frame.op === 'event') {
      publish(frame.data.topic, frame.data.data);
      events += 1;
      if (fault !== 'credit') socket.send(JSON.stringify({ op: 'credit', max: events + 4 }), false);
    }
  },
  close(socket) {
    for (const [name, { subscribers }] of topics) {
      const place = subscribers.indexOf(socket);
      if (place !== -1) subscribers.splice(place, 1);
      // The next run begins with new topics.
      if (subscribers.length === 0) topics.delete(name);
    }
  },
});
serve(app);

function topicOf(name: string) {
  const topic = topics.get(name) ?? { offset: 0, subscribers: [] };
  topics.set(name, topic);
  return topic;
}

function publish(name: string, data: unknown): void {
  const topic = topicOf(name);
  topic.offset += 1;
  const text = JSON.stringify({ op: 'message', topic: name, offset: topic.offset, data });
  for (const socket of topic.subscribers) deliver(socket, text);
}

function deliver(socket: WebSocket<Session>, text: string): void {
  const session = socket.getUserData();
  session.sent += 1;
  const isFaulty = session.sent % every === 0;
  if (isFaulty && fault === 'drop') return;
  const frames = isFaulty && fault === 'duplicate' ? [text, text] : [text];
  if (isFaulty && fault === 'swap') {
    session.held = text;
    return;
  }
  if (session.held !== undefined) frames.push(session.held);
  session.held = undefined;
  if (session.takesArrays) socket.send(`[${frames.join(',')}]`, false);
  else for (const frame of frames) socket.send(frame, false);
}
