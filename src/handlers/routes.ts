/** The routing table: from an event's type to its route, exact names before patterns, longer patterns before shorter. */
import type { BatchPolicy, InputCheck, RetryPolicy, Route } from '../model/route.js';
import type { Priority } from '../protocol/priorities.js';
import { bySpecificity, covers, isPattern } from '../protocol/topics.js';
import type { HandlerDefinition, StandardSchema } from './define-handler.js';

/** What configuration may say about the routes whose type a pattern covers. */
export interface RouteOverrides {
  readonly pipeline?: string | undefined;
  readonly priority?: Priority | undefined;
  readonly ttlMs?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly order?: 'key' | 'none' | undefined;
  readonly breaker?: boolean | undefined;
  readonly conflate?: boolean | undefined;
  readonly batch?: BatchPolicy | undefined;
  readonly retry?:
    | { readonly attempts: number; readonly minMs?: number | undefined; readonly maxMs?: number | undefined }
    | undefined;
}

export interface RoutesOptions {
  readonly handlers: readonly HandlerDefinition[];
  /** Pattern → overrides. Where several cover a handler's type, the most specific wins field by field. */
  readonly overrides: Readonly<Record<string, RouteOverrides>>;
  /** Pipeline name → its `timeoutMs`. */
  readonly pipelines: Readonly<Record<string, { readonly timeoutMs: number }>>;
}

export interface Routes {
  readonly all: readonly Route[];
  /** The route of a type, or undefined. O(1) for types seen before; the memory of types seen is bounded. */
  find(type: string): Route | undefined;
  /** Whether there is a route that a pattern of the configuration covers. */
  hasOf(pattern: string): boolean;
}

/** Types remembered with the route a pattern gave them: a client that invents types cannot grow it. */
const remembered = 4096;

/** Resolves handlers and configuration into routes. @throws TypeError on a duplicate type or an unknown pipeline */
export function buildRoutes(options: RoutesOptions): Routes {
  const all = options.handlers.map((handler, index) => resolveRoute(handler, index, options));
  const exact = new Map<string, Route>();
  for (const route of all) {
    if (exact.has(route.pattern)) throw new TypeError(`two handlers are declared for the type ${route.pattern}`);
    exact.set(route.pattern, route);
  }
  const patterns = all.filter((route) => isPattern(route.pattern)).sort((a, b) => bySpecificity(b.pattern, a.pattern));
  const known = new Map(all.filter((route) => !isPattern(route.pattern)).map((route) => [route.pattern, route]));
  const find = (type: string): Route | undefined => {
    const found = known.get(type);
    if (found !== undefined || patterns.length === 0) return found;
    const matched = patterns.find((route) => covers(route.pattern, type));
    if (matched !== undefined && known.size < remembered) known.set(type, matched);
    return matched;
  };
  // Events of one type often come together, and comparing two strings takes a fraction of a look into a Map.
  let lastType = '';
  let last: Route | undefined;
  return {
    all,
    hasOf: (pattern) => all.some((route) => route.pattern === pattern || covers(pattern, route.pattern)),
    find(type) {
      if (type !== lastType) {
        last = find(type);
        lastType = type;
      }
      return last;
    },
  };
}

function resolveRoute(handler: HandlerDefinition, index: number, options: RoutesOptions): Route {
  const told = overridesFor(handler.type, options.overrides);
  const pipeline = told.pipeline ?? handler.pipeline ?? 'default';
  const home = Object.hasOwn(options.pipelines, pipeline) ? options.pipelines[pipeline] : undefined;
  if (home === undefined) {
    throw new TypeError(
      `the route ${handler.type} names the pipeline ${pipeline}, and there is none; there are: ${Object.keys(options.pipelines).join(', ')}`,
    );
  }
  const retry = { minMs: 50, maxMs: 5000, attempts: 1, ...defined(handler.retry), ...defined(told.retry) };
  const order = told.order ?? handler.order ?? 'key';
  return Object.freeze({
    pattern: handler.type,
    index,
    pipeline,
    priority: told.priority ?? handler.priority ?? 'normal',
    ttlMs: told.ttlMs ?? handler.ttlMs ?? 0,
    timeoutMs: told.timeoutMs ?? handler.timeoutMs ?? home.timeoutMs,
    isKeyed: order === 'key',
    hasBreaker: told.breaker ?? true,
    // Whether a handler takes arrays is its code's business: configuration tunes a batch, it cannot make one.
    batch: handler.batch === undefined ? undefined : (told.batch ?? handler.batch),
    conflate: handler.batch === undefined && (told.conflate ?? handler.conflate ?? false),
    retry: retry as RetryPolicy,
    check: handler.input === undefined ? undefined : inputCheck(handler.input),
    handle: handler.handle as unknown as Route['handle'],
  });
}

function overridesFor(type: string, overrides: RoutesOptions['overrides']): RouteOverrides {
  const applying = Object.keys(overrides)
    .filter((pattern) => pattern === type || covers(pattern, type))
    .sort(bySpecificity);
  let merged: RouteOverrides = {};
  for (const pattern of applying) merged = { ...merged, ...defined(overrides[pattern]) };
  return merged;
}

function defined<T extends object>(value: T | undefined): Partial<T> {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([, field]) => field !== undefined)) as Partial<T>;
}

function inputCheck(schema: StandardSchema): InputCheck {
  const { validate } = schema['~standard'];
  const shape = (result: Awaited<ReturnType<typeof validate>>) => {
    if (result.issues === undefined) return { value: result.value };
    return { issues: result.issues.map(({ message, path }) => ({ message, path: pathText(path) })) };
  };
  return (data) => {
    const result = validate(data);
    return result instanceof Promise ? result.then(shape) : shape(result);
  };
}

function pathText(path: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined): string {
  return (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
}
