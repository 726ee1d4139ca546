import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LineWriter } from '../../src/telemetry/line-writer.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A pipe that holds a number of bytes until they are read. */
class Pipe {
  room: number;
  text = '';
  writes = 0;
  error: string | undefined = undefined;

  constructor(room = Number.MAX_SAFE_INTEGER) {
    this.room = room;
  }

  write = (_fd: number, bytes: Uint8Array): number => {
    this.writes += 1;
    if (this.error !== undefined) throw Object.assign(new Error('write'), { code: this.error });
    if (this.room === 0) throw Object.assign(new Error('write'), { code: 'EAGAIN' });
    const taken = bytes.subarray(0, this.room);
    this.room -= taken.length;
    this.text += Buffer.from(taken).toString('latin1');
    return taken.length;
  };
}

function writerTo(pipe: Pipe, bytesMax = 1000): LineWriter {
  return new LineWriter({ fd: 1, bytesMax, droppedLine: (count) => `${count} dropped\n`, write: pipe.write });
}

describe('a writer of lines', () => {
  it('writes each line at once', () => {
    const pipe = new Pipe();
    const writer = writerTo(pipe);
    writer.write('one\n');
    expect(pipe.text).toBe('one\n');
    writer.write('two\n');
    expect(pipe).toMatchObject({ text: 'one\ntwo\n', writes: 2 });
  });

  it('keeps what a full pipe does not take, in order, and writes it when there is room', () => {
    const pipe = new Pipe(6);
    const writer = writerTo(pipe);
    for (const line of ['one\n', 'two\n', 'three\n']) writer.write(line);
    expect(pipe.text).toBe('one\ntw');
    pipe.room = 3;
    vi.advanceTimersByTime(50);
    expect(pipe.text).toBe('one\ntwo\nt');
    pipe.room = 100;
    vi.advanceTimersByTime(50);
    writer.write('four\n');
    expect(pipe.text).toBe('one\ntwo\nthree\nfour\n');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not ask a full pipe again for every line', () => {
    const pipe = new Pipe(0);
    const writer = writerTo(pipe);
    for (let i = 0; i < 100; i += 1) writer.write('line\n');
    expect(pipe.writes).toBe(1);
  });

  it('drops lines past its bound, and tells how many once there is room', () => {
    const pipe = new Pipe(0);
    const writer = writerTo(pipe, 20);
    for (let i = 0; i < 7; i += 1) writer.write(`line${i}\n`);
    pipe.room = 1000;
    vi.advanceTimersByTime(50);
    expect(pipe.text).toBe('line0\nline1\nline2\n4 dropped\n');
    writer.write('after\n');
    expect(pipe.text).toBe('line0\nline1\nline2\n4 dropped\nafter\n');
  });

  it.each(['EPIPE', 'ENOSPC', 'EIO', 'EBADF'])(
    'loses its lines, and nothing else, when the descriptor fails with %s',
    (code) => {
      const pipe = new Pipe();
      const writer = writerTo(pipe);
      pipe.error = code;
      for (let i = 0; i < 500; i += 1) writer.write('lost\n');
      writer.flush(10);
      pipe.error = undefined;
      writer.write('kept\n');
      expect(pipe.text).toBe('kept\n');
    },
  );

  it('writes every whole line once and in order, or counts it as dropped, however the pipe is read', () => {
    const step = fc.oneof(
      fc.record({ line: fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'é', '€') }) }),
      fc.record({ room: fc.nat(30) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const pipe = new Pipe(10);
        const writer = writerTo(pipe, 60);
        const given: string[] = [];
        for (const one of steps) {
          if ('line' in one) {
            given.push(`${given.length}:${one.line}`);
            writer.write(`${given.at(-1)}\n`);
          } else {
            pipe.room += one.room;
            vi.advanceTimersByTime(20);
          }
        }
        pipe.room = Number.MAX_SAFE_INTEGER;
        vi.advanceTimersByTime(20);
        const lines = Buffer.from(pipe.text, 'latin1').toString().split('\n').slice(0, -1);
        const dropped = lines
          .filter((line) => line.endsWith(' dropped'))
          .reduce((sum, line) => sum + Number.parseInt(line, 10), 0);
        const kept = lines.filter((line) => !line.endsWith(' dropped'));
        expect(kept).toEqual(given.filter((line) => kept.includes(line)));
        expect(kept.length + dropped).toBe(given.length);
      }),
    );
  });
});

describe('at the end', () => {
  it('what waits is written out', () => {
    const pipe = new Pipe(0);
    const writer = writerTo(pipe);
    writer.write('last\n');
    pipe.room = 100;
    writer.flush(1000);
    expect(pipe.text).toBe('last\n');
  });

  it('a pipe nobody reads is not waited for longer than was said', () => {
    vi.useRealTimers();
    const writer = writerTo(new Pipe(0));
    writer.write('last\n');
    const startedAtMs = performance.now();
    writer.flush(60);
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(59);
    expect(performance.now() - startedAtMs).toBeLessThan(1000);
  });
});
