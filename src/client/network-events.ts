/** What a browser says of its network, and of whether its page is looked at. Elsewhere nothing is ever said. */

/** Those who listen. */
export interface NetworkListener {
  offline(): void;
  online(): void;
  /** The page is looked at again; it may have stood still. */
  visible(): void;
}

export interface NetworkEvents {
  readonly isOnline: boolean;
  /** Tells one listener, until `stop`. */
  listen(listener: NetworkListener): void;
  stop(): void;
}

/** The globals of a browser, as far as they are there. */
interface Page {
  readonly navigator?: { readonly onLine?: boolean };
  readonly document?: Target & { readonly visibilityState?: string };
  addEventListener?: Target['addEventListener'];
  removeEventListener?: Target['removeEventListener'];
}

interface Target {
  addEventListener(name: string, listener: () => void): void;
  removeEventListener(name: string, listener: () => void): void;
}

/** @param page the global object; workers have no `document`, and Node has none of it */
export function networkEvents(page: Page = globalThis as unknown as Page): NetworkEvents {
  const undo: (() => void)[] = [];
  const add = (target: Partial<Target> | undefined, name: string, listener: () => void): void => {
    if (target?.addEventListener === undefined) return;
    target.addEventListener(name, listener);
    undo.push(() => target.removeEventListener?.(name, listener));
  };
  return {
    get isOnline() {
      return page.navigator?.onLine !== false;
    },
    listen(listener) {
      if (page.navigator?.onLine === undefined) return;
      add(page, 'offline', () => listener.offline());
      add(page, 'online', () => listener.online());
      add(page.document, 'visibilitychange', () => {
        if (page.document?.visibilityState === 'visible') listener.visible();
      });
    },
    stop() {
      for (const remove of undo.splice(0)) remove();
    },
  };
}
