/**
 * As much of React as the hooks of `examples/react/` use: one component that is rendered whenever a store it looks at has
 * changed. Memos are kept while their dependencies are the same; a store that is another is listened to in place of the
 * one before; a snapshot that is not the same at two looks is a mistake, as it is in React.
 */
export class FakeReact {
  /** What the component returned, every time it was rendered. */
  readonly rendered: unknown[] = [];
  #component: () => unknown = () => undefined;
  #slots: unknown[] = [];
  #next = 0;
  #isStale = false;

  useMemo = <T>(make: () => T, dependencies: readonly unknown[]): T => {
    const slot = this.#slot<{ value: T; dependencies: readonly unknown[] }>();
    const before = slot.get();
    if (before?.dependencies.every((one, i) => Object.is(one, dependencies[i]))) return before.value;
    const value = make();
    slot.set({ value, dependencies });
    return value;
  };

  useSyncExternalStore = <T>(listen: (onChange: () => void) => () => void, look: () => T): T => {
    const slot = this.#slot<{ listen: unknown; stop: () => void }>();
    const value = look();
    if (!Object.is(value, look())) throw new Error('expected a snapshot that stays the same, got another');
    const before = slot.get();
    if (before?.listen === listen) return value;
    before?.stop();
    let isListening = true;
    const stop = listen(() => {
      if (isListening && !Object.is(look(), value)) this.#change();
    });
    slot.set({
      listen,
      stop: () => {
        isListening = false;
        stop();
      },
    });
    return value;
  };

  /** Shows a component, or the same one with other properties. */
  render(component: () => unknown): void {
    this.#component = component;
    this.#next = 0;
    this.rendered.push(component());
  }

  /** Takes the component away. */
  leave(): void {
    for (const slot of this.#slots) (slot as { stop?: () => void } | undefined)?.stop?.();
    this.#slots = [];
    this.#component = () => undefined;
  }

  /** Changes of one turn are rendered once. */
  #change(): void {
    if (this.#isStale) return;
    this.#isStale = true;
    queueMicrotask(() => {
      this.#isStale = false;
      if (this.#slots.length > 0) this.render(this.#component);
    });
  }

  #slot<T>() {
    const index = this.#next;
    this.#next += 1;
    return {
      get: () => this.#slots[index] as T | undefined,
      set: (value: T) => {
        this.#slots[index] = value;
      },
    };
  }
}
