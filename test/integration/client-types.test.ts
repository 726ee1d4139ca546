/** What the compiler makes of a client whose application has said what its events and topics are. */
import { describe, expect, expectTypeOf, it } from 'vitest';
import type {
  Client,
  DataOf,
  EventArguments,
  ItemOf,
  ItemStream,
  MessageOf,
  Published,
  ReplyOf,
  RequestOptions,
  StreamGap,
  StreamItem,
  TopicGap,
  TopicMessage,
  TopicOf,
  TopicStream,
  TypeOf,
} from '../../src/client.js';
import { echo } from '../../src/demo/basics.js';
import { clientRig } from '../support/client-rig.js';

interface Order {
  readonly customer: string;
  readonly qty: number;
}

interface Tick {
  readonly symbol: string;
  readonly price: number;
}

interface Shop {
  readonly events: {
    readonly echo: { data: string; reply: string };
    readonly 'order.place': { data: Order; reply: { orderId: string } };
    readonly 'order.count': { reply: number };
    readonly 'order.find': { data?: { customer: string }; reply: Order | null };
    readonly 'report.rows': { data: { rows: number }; item: { row: number } };
    readonly 'shop.close': object;
  };
  readonly topics: { readonly 'orders.all': Order } & { readonly [topic: `tick.${string}`]: Tick };
}

/** What a call may be given, without making it. */
type RequestOf<Type extends TypeOf<Shop>> = EventArguments<DataOf<Shop, Type>, RequestOptions>;
type Fits<Given, Wanted> = Given extends Wanted ? true : false;

const rig = clientRig();
const shop = null as unknown as Client<Shop>;
/** Never run: only what its parts are is looked at. */
const typed = () => ({
  placed: shop.request('order.place', { customer: 'ada', qty: 1 }),
  counted: shop.request('order.count'),
  found: shop.request('order.find', undefined, { ttlMs: 5 }),
  rows: shop.stream('report.rows', { rows: 3 }),
  closed: shop.request('shop.close'),
  emitted: shop.emit('order.place', { customer: 'ada', qty: 1 }, { key: 'ada' }),
  published: shop.publish('order.place', { customer: 'ada', qty: 1 }),
  orders: shop.subscribe('orders.all'),
  tick: shop.subscribe('tick.ACME'),
  ticks: shop.subscribe('tick.*', { overflow: 'latest' }),
  any: shop.subscribe('orders.*'),
  all: shop.subscribe('>'),
});
type Typed = ReturnType<typeof typed>;

describe('a client whose types are known', () => {
  it('knows the names of events and topics', () => {
    expectTypeOf<TypeOf<Shop>>().toEqualTypeOf<
      'echo' | 'order.place' | 'order.count' | 'order.find' | 'report.rows' | 'shop.close'
    >();
    expectTypeOf<Fits<'order.shred', TypeOf<Shop>>>().toEqualTypeOf<false>();
    expectTypeOf<Fits<'orders.some', TopicOf<Shop>>>().toEqualTypeOf<false>();
    expectTypeOf<Fits<'tick.*' | 'orders.all' | 'tick.ACME', TopicOf<Shop>>>().toEqualTypeOf<true>();
    expectTypeOf<Fits<'order.shred', Parameters<typeof shop.request>[0]>>().toEqualTypeOf<false>();
    expectTypeOf<Fits<'orders.some', Parameters<typeof shop.subscribe>[0]>>().toEqualTypeOf<false>();
  });

  it('knows what answers', () => {
    expectTypeOf<Typed['placed']>().toEqualTypeOf<Promise<{ orderId: string }>>();
    expectTypeOf<Typed['counted']>().toEqualTypeOf<Promise<number>>();
    expectTypeOf<Typed['found']>().toEqualTypeOf<Promise<Order | null>>();
    expectTypeOf<Typed['closed']>().toEqualTypeOf<Promise<unknown>>();
    expectTypeOf<Typed['emitted']>().toEqualTypeOf<Promise<void>>();
    expectTypeOf<Typed['published']>().toEqualTypeOf<Promise<Published>>();
    expectTypeOf<Typed['rows']>().toEqualTypeOf<ItemStream<{ row: number }>>();
    expectTypeOf<Typed['orders']>().toEqualTypeOf<TopicStream<Order>>();
    expectTypeOf<Typed['tick']>().toEqualTypeOf<TopicStream<Tick>>();
    expectTypeOf<Typed['ticks']>().toEqualTypeOf<TopicStream<Tick>>();
    // Of several kinds, or of topics nothing was said of.
    expectTypeOf<Typed['any']>().toEqualTypeOf<TopicStream<unknown>>();
    expectTypeOf<Typed['all']>().toEqualTypeOf<TopicStream<unknown>>();
    expectTypeOf<ReplyOf<Shop, 'report.rows'>>().toEqualTypeOf<unknown>();
    expectTypeOf<ItemOf<Shop, 'order.count'>>().toEqualTypeOf<unknown>();
    expectTypeOf<MessageOf<Shop, 'tick.A'>>().toEqualTypeOf<Tick>();
  });

  it('knows what a reading brings', () => {
    type Read<Source> = Source extends AsyncIterable<infer Each> ? Each : never;
    expectTypeOf<Read<Typed['rows']>>().toEqualTypeOf<{ row: number }>();
    expectTypeOf<Read<Typed['rows']['items']>>().toEqualTypeOf<StreamItem<{ row: number }> | StreamGap>();
    expectTypeOf<Read<Typed['orders']>>().toEqualTypeOf<TopicMessage<Order> | TopicGap>();
    const priceOf = (each: Read<Typed['tick']>) => (each.kind === 'message' ? each.data.price : each.count);
    expectTypeOf(priceOf).returns.toEqualTypeOf<number | undefined>();
    expectTypeOf<Parameters<Parameters<Typed['rows']['forEach']>[0]>[0]>().toEqualTypeOf<{ row: number }>();
  });

  it('wants data where the event has some, of the right kind', () => {
    expectTypeOf<Fits<[{ customer: string; qty: number }], RequestOf<'order.place'>>>().toEqualTypeOf<true>();
    expectTypeOf<Fits<[{ customer: string }], RequestOf<'order.place'>>>().toEqualTypeOf<false>();
    expectTypeOf<Fits<[{ customer: string; qty: string }], RequestOf<'order.place'>>>().toEqualTypeOf<false>();
    expectTypeOf<Fits<[], RequestOf<'order.place'>>>().toEqualTypeOf<false>();
    expectTypeOf<Fits<[undefined], RequestOf<'order.place'>>>().toEqualTypeOf<false>();
    expectTypeOf<Fits<[Order, { key: string }], RequestOf<'order.place'>>>().toEqualTypeOf<true>();
    expectTypeOf<Fits<[Order, { key: number }], RequestOf<'order.place'>>>().toEqualTypeOf<false>();
    expectTypeOf<Fits<[Order, { priority: 'urgent' }], RequestOf<'order.place'>>>().toEqualTypeOf<false>();
  });

  it('lets data be left out where there is none, or need not be', () => {
    expectTypeOf<Fits<[], RequestOf<'order.count'>>>().toEqualTypeOf<true>();
    expectTypeOf<Fits<[undefined, { key: string }], RequestOf<'order.count'>>>().toEqualTypeOf<true>();
    expectTypeOf<Fits<[5], RequestOf<'order.count'>>>().toEqualTypeOf<false>();
    expectTypeOf<Fits<[], RequestOf<'order.find'>>>().toEqualTypeOf<true>();
    expectTypeOf<Fits<[{ customer: string }], RequestOf<'order.find'>>>().toEqualTypeOf<true>();
    expectTypeOf<Fits<[{ customer: number }], RequestOf<'order.find'>>>().toEqualTypeOf<false>();
    expectTypeOf<Fits<[], RequestOf<'shop.close'>>>().toEqualTypeOf<true>();
  });

  it('is the same client when it runs', async () => {
    await rig.start([echo]);
    const answer = await rig.connect<Shop>().request('echo', 'hello');
    expectTypeOf(answer).toEqualTypeOf<string>();
    expect(answer).toBe('hello');
  });

  it('may speak of events only, or of topics only', () => {
    type EventsOnly = { events: { ping: { reply: 'pong' } } };
    type TopicsOnly = { topics: { news: string } };
    expectTypeOf<TopicOf<EventsOnly>>().toEqualTypeOf<string>();
    expectTypeOf<ReplyOf<EventsOnly, 'ping'>>().toEqualTypeOf<'pong'>();
    expectTypeOf<TypeOf<TopicsOnly>>().toEqualTypeOf<string>();
    expectTypeOf<MessageOf<TopicsOnly, 'news'>>().toEqualTypeOf<string>();
    expectTypeOf<Fits<'olds', TopicOf<TopicsOnly>>>().toEqualTypeOf<false>();
  });
});

describe('a client that was told nothing', () => {
  it('takes every event and topic, and knows nothing of what comes', async () => {
    await rig.start([echo]);
    const client = rig.connect();
    expectTypeOf(client).toEqualTypeOf<Client>();
    const answer = await client.request('echo', { any: 'thing' }, { key: 'k' });
    expectTypeOf(answer).toEqualTypeOf<unknown>();
    expect(answer).toEqual({ any: 'thing' });
    expectTypeOf(client.stream('whatever')).toEqualTypeOf<ItemStream<unknown>>();
    expectTypeOf(client.subscribe('what.ever')).toEqualTypeOf<TopicStream<unknown>>();
  });
});
